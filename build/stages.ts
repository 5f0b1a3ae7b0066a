/**
 * Carries out the stages of a Dockerfile in a folder, without an engine: copies what is copied, runs what is run. What a base image brings
 * is stood in for by this machine's npm and by the node that runs this; its C library and certificates are not checked here. Stages run
 * where absolute paths begin with that folder, one after the other in the same place, as each begins at / in an engine.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, cp, mkdir, readdir, readFile, rename, stat } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import type { Instruction, Stage } from "./dockerfile.ts";

/** What the last stage came to. */
export interface Image {
  /** Where its / is. */
  readonly root: string;
  readonly user: string;
  /** Paths begin with the root. */
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: ReadonlyMap<string, string>;
  /** ENTRYPOINT; paths begin with the root. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

interface Options {
  /** The project. */
  readonly context: string;
  /** An empty folder that every user can enter. */
  readonly folder: string;
  readonly progress: (line: string) => void;
}

/** Puts into a stage's root what its base image holds and we use. Other images: another line here. */
const BASE_IMAGES: readonly { readonly name: RegExp; readonly provide: (root: string) => Promise<void> }[] = [
  { name: /^docker\.io\/library\/node:24-bookworm-slim(@|$)/, provide: async () => {} }, // node and npm, found in PATH
  { name: /^gcr\.io\/distroless\/nodejs24-debian12:nonroot(@|$)/, provide: provideRuntime },
];

const AS_ROOT = process.getuid?.() === 0;

export async function runStages(stages: readonly Stage[], options: Options): Promise<Image> {
  const root = join(options.folder, "root");
  let state = new StageRun(root, options);
  for (const [index, stage] of stages.entries()) {
    options.progress(`stage ${stage.name ?? "final"}, from ${stage.from}`);
    await mkdir(root);
    await provideBase(stage, root);
    state = new StageRun(root, options);
    for (const instruction of stage.instructions) await state.carryOut(instruction);
    if (index < stages.length - 1) await rename(root, stageFolder(options, stage.name));
  }
  return state.image();
}

async function provideBase({ from }: Stage, root: string): Promise<void> {
  const base = BASE_IMAGES.find(({ name }) => name.test(from));
  if (!base) throw new Error(`Dockerfile: base image ${from} is not known; build/stages.ts lists those that are`);
  await base.provide(root);
}

async function provideRuntime(root: string): Promise<void> {
  await cp(process.execPath, join(root, "nodejs/bin/node"));
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
}

function stageFolder({ folder }: Options, name: string | undefined): string {
  return join(folder, `stage-${name ?? "unnamed"}`);
}

class StageRun {
  readonly #root: string;
  readonly #options: Options;
  readonly #environment: Record<string, string> = {};
  readonly #labels = new Map<string, string>();
  #user = "0:0";
  #workdir = "/";
  #entrypoint: readonly string[] = [];
  #command: readonly string[] = [];

  constructor(root: string, options: Options) {
    this.#root = root;
    this.#options = options;
  }

  image(): Image {
    const entrypoint = this.#entrypoint.map((word) => this.#within(word));
    const labels = this.#labels;
    return { root: this.#root, user: this.#user, environment: this.#environment, labels, entrypoint, command: this.#command };
  }

  async carryOut(instruction: Instruction): Promise<void> {
    switch (instruction.does) {
      case "ARG":
        return;
      case "LABEL":
        for (const [name, value] of instruction.pairs) this.#labels.set(name, value);
        return;
      case "ENV":
        for (const [name, value] of instruction.pairs) this.#environment[name] = this.#within(value);
        return;
      case "USER":
        this.#user = instruction.value;
        return;
      case "WORKDIR":
        this.#workdir = instruction.value;
        await mkdir(this.#within(this.#workdir), { recursive: true });
        return;
      case "ENTRYPOINT":
        this.#entrypoint = instruction.command;
        return;
      case "CMD":
        this.#command = instruction.command;
        return;
      case "RUN":
        return await this.#run(instruction.command);
      case "COPY":
        for (const source of instruction.sources) await this.#copy(source, instruction);
        return;
      default:
        instruction satisfies never;
    }
  }

  /** An absolute path, alone or as a flag's value (`--allow-fs-read=/app`), as it is on this machine. Other words stay. */
  #within(word: string): string {
    const [, flag, path] = /^(--[\w-]+=)?(\/.*)$/.exec(word) ?? [];
    return path === undefined ? word : (flag ?? "") + join(this.#root, path);
  }

  async #run(command: readonly string[]): Promise<void> {
    this.#options.progress(`  ${command.join(" ")}`);
    const [program = "", ...args] = command.map((word) => this.#within(word));
    const [uid, gid] = this.#user.split(":").map(Number);
    // This machine's way out (proxy, certificates, registry) stands in its environment; an engine has one of its own.
    const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
    const child = spawn(program, args, {
      cwd: this.#within(this.#workdir),
      env: { ...process.env, PATH, npm_config_prefer_offline: "true", ...this.#environment },
      stdio: ["ignore", "inherit", "inherit"],
      ...(AS_ROOT && uid !== undefined && gid !== undefined ? { uid, gid } : {}),
    });
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`Dockerfile: RUN ${command.join(" ")} ended with ${code}`);
  }

  async #copy(source: string, { from, chown: owner = "0:0", chmod: mode, target }: Extract<Instruction, { does: "COPY" }>): Promise<void> {
    const origin = from === undefined ? await this.#inContext(source) : join(stageFolder(this.#options, from), source);
    const folder = (await stat(origin)).isDirectory();
    // A folder's contents are copied, not the folder itself.
    const copy = this.#within(!folder && target.endsWith("/") ? join(target, basename(source)) : target);
    await cp(origin, copy, { recursive: true, errorOnExist: true, force: false });
    const [uid, gid] = owner.split(":").map(Number);
    for (const path of [copy, ...(folder ? await readdir(copy, { recursive: true }) : []).map((name) => join(copy, name))]) {
      if (mode !== undefined) await chmod(path, mode);
      if (AS_ROOT && uid !== undefined && gid !== undefined) await chown(path, uid, gid);
    }
  }

  /** @throws for a file that .dockerignore leaves out: an engine would not find it either */
  async #inContext(source: string): Promise<string> {
    const rules = (await readFile(join(this.#options.context, ".dockerignore"), "utf8"))
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    if (rules[0] !== "*" || rules.slice(1).some((rule) => !/^![\w.-]+$/.test(rule)))
      throw new Error(".dockerignore: want a line *, then lines !NAME");
    if (!rules.includes(`!${source}`)) throw new Error(`Dockerfile: COPY ${source}: .dockerignore leaves it out`);
    return join(this.#options.context, source);
  }
}
