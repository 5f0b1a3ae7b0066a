/**
 * Carries out our action.yml as a runner of GitHub does: inputs with their defaults, each step's environment, bash as GitHub calls it, the
 * files that a step writes its outputs to, and the commands that stand in the log. Only what a composite action of scripts needs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { load } from "js-yaml";
import * as z from "zod";
import { PROJECT } from "../../build/bundle.ts";

const Value = z.strictObject({ description: z.string(), value: z.string() });
const Step = z.strictObject({
  name: z.string(),
  id: z.string(),
  shell: z.literal("bash"),
  env: z.record(z.string(), z.string()),
  run: z.string(),
});
const Action = z.looseObject({
  inputs: z.record(z.string(), z.strictObject({ description: z.string(), default: z.string() })),
  outputs: z.record(z.string(), Value),
  runs: z.strictObject({ using: z.literal("composite"), steps: z.array(Step) }),
});

export const ACTION_FILE = join(PROJECT, "action.yml");

export async function readAction(): Promise<z.output<typeof Action>> {
  return Action.parse(load(await readFile(ACTION_FILE, "utf8")));
}

export interface ActionRun {
  /** Of the step that failed; 0 where none did. */
  readonly code: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Lines that the runner carries out as commands, and those that it shows. */
  readonly commands: readonly string[];
  readonly shown: readonly string[];
  readonly summary: string;
}

export interface RunnerOptions {
  /** GITHUB_WORKSPACE. */
  readonly workspace: string;
  /** Holds what lies outside of the workspace. */
  readonly folder: string;
  /** Before the runner's own programs, a folder of programs. */
  readonly programs?: string;
  readonly os?: string;
  readonly architecture?: string;
}

export async function runAction(given: Readonly<Record<string, string>>, options: RunnerOptions): Promise<ActionRun> {
  const { inputs, outputs, runs } = await readAction();
  const unknown = Object.keys(given).filter((name) => !(name in inputs));
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(", ")}`);
  const context = new Map([["github.token", "the-token"]]);
  for (const [name, input] of Object.entries(inputs)) context.set(`inputs.${name}`, given[name] ?? input.default);
  const evaluated = (expression: string) => expression.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => context.get(name) ?? "");
  const temporary = await mkdtemp(join(options.folder, "runner-"));
  let [code, log, summary] = [0, "", ""];
  for (const step of runs.steps) {
    const files = join(temporary, step.id);
    await mkdir(files);
    const environment = Object.fromEntries(Object.entries(step.env).map(([name, value]) => [name, evaluated(value)]));
    const ended = await runStep(step.run, files, { ...options, temporary, environment });
    log += ended.log;
    summary += await readFile(join(files, "summary"), "utf8");
    for (const [name, value] of outputsOf(await readFile(join(files, "output"), "utf8")))
      context.set(`steps.${step.id}.outputs.${name}`, value);
    code = ended.code;
    if (code !== 0) break;
  }
  const told = Object.entries(outputs).map(([name, { value }]) => [name, evaluated(value)] as const);
  return { code, outputs: Object.fromEntries(told), summary, ...heard(log) };
}

interface StepOptions extends RunnerOptions {
  readonly temporary: string;
  readonly environment: Readonly<Record<string, string>>;
}

async function runStep(script: string, files: string, options: StepOptions): Promise<{ code: number; log: string }> {
  const { workspace, programs = "/nowhere", temporary, os = "Linux", architecture = "X64", environment } = options;
  await writeFile(join(files, "script.sh"), script);
  await writeFile(join(files, "output"), "");
  await writeFile(join(files, "summary"), "");
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", join(files, "script.sh")], {
    cwd: workspace,
    env: {
      PATH: `${programs}:/usr/bin:/bin`,
      HOME: temporary,
      GITHUB_ACTION_PATH: PROJECT,
      GITHUB_OUTPUT: join(files, "output"),
      GITHUB_STEP_SUMMARY: join(files, "summary"),
      RUNNER_TEMP: temporary,
      RUNNER_OS: os,
      RUNNER_ARCH: architecture,
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A runner reads both as one log, line by line.
  const [[code], out, err] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  return { code: Number(code ?? 1), log: `${err}\n${out}\n` };
}

function outputsOf(file: string): [string, string][] {
  return file
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, name, value] = /^([\w-]+)=(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`GITHUB_OUTPUT has the line ${JSON.stringify(line)}`);
      return [name, value];
    });
}

/** A command opens its line, or stands behind `##[` anywhere. Source: actions/runner, ActionCommand.cs and ActionCommandManager.cs */
function heard(log: string): { commands: string[]; shown: string[] } {
  const commands: string[] = [];
  const shown: string[] = [];
  let stopped: string | undefined;
  for (const line of log.split(/\r?\n/)) {
    const [command, , value] = /^\s*::([\w-]+)( [^:]*)?::(.*)$/.exec(line)?.slice(1) ?? [];
    if (stopped !== undefined) {
      if (command === stopped || line.trim() === `::${stopped}::`) stopped = undefined;
      else shown.push(line);
    } else if (command === "stop-commands") stopped = value;
    else if (command !== undefined || /##\[[\w-]+/.test(line)) commands.push(line);
    else shown.push(line);
  }
  return { commands, shown };
}
