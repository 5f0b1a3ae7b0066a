/** Runs our program as a person does, in a process of its own. Judges nothing. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll } from "@jest/globals";
import { freshBundle } from "../bundle.ts";

export interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** What stands on its standard error so far. */
  readonly said: { err: string };
  readonly ended: Promise<Ended>;
}

/** Registers hooks that build the bundle, which starts in a fourth of the time that the sources take, and end what a test left running. */
export function useProgram() {
  const children = new Set<ChildProcess>();
  let bundle = "";
  beforeAll(async () => {
    bundle = await freshBundle();
  });
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
  });

  /** Runs without the settings of whoever runs the tests. */
  const start = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Started => {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [bundle, ...args], {
      env: { PATH, HOME, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    const said = { err: "" };
    child.stderr.on("data", (chunk: Buffer) => {
      said.err += chunk.toString();
    });
    const ended = Promise.all([once(child, "close"), text(child.stdout)]).then(([[code, signal], out]): Ended => {
      children.delete(child);
      return { code: signal ?? code, out, err: said.err };
    });
    return { child, said, ended };
  };
  return { start, run: (args: readonly string[], environment?: Readonly<Record<string, string>>) => start(args, environment).ended };
}
