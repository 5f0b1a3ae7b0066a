/** The bundle as somebody has it who has nothing else: alone in an empty folder, without node_modules and without this project. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { BUNDLE } from "../../build/bundle.ts";
import { buildInto } from "../../build/distribution.ts";

export interface Ended {
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

interface StartOptions {
  readonly cwd: string;
  readonly environment?: Record<string, string>;
  /** node if not given. */
  readonly program?: string;
  /** What it reads from its standard input; nothing if not given. */
  readonly input?: string;
}

/** Starts a program, node's if none is named, with nothing of this shell's environment but PATH, in which node is the one that runs this. */
export function start(args: readonly string[], { cwd, environment, program = process.execPath, input }: StartOptions): Running {
  const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
  const child = spawn(program, args, { cwd, env: { PATH, HOME: cwd, ...environment }, stdio: ["pipe", "pipe", "pipe"] });
  // A program that reads none of it may be gone before all is written.
  child.stdin.on("error", () => {}).end(input);
  const ended = Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]).then(([[code, signal], out, err]) => ({
    code: signal ?? code,
    out,
    err,
  }));
  return { child, ended };
}

export class Distribution {
  /** Of all that a build writes. */
  readonly folder: string;
  /** Holds the bundle alone. */
  readonly alone: string;
  /** The bundle that is alone. */
  readonly bundle: string;

  static async build(): Promise<Distribution> {
    const temporary = await mkdtemp(join(tmpdir(), "distribution-"));
    const made = new Distribution(temporary);
    await mkdir(made.folder);
    await mkdir(made.alone);
    await buildInto(made.folder);
    await copyFile(join(made.folder, BUNDLE), made.bundle);
    return made;
  }

  private constructor(temporary: string) {
    this.folder = join(temporary, "all");
    this.alone = join(temporary, "alone");
    this.bundle = join(this.alone, BUNDLE);
  }

  async remove(): Promise<void> {
    await rm(dirname(this.folder), { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  holder.close();
  await once(holder, "close");
  return typeof address === "object" && address ? address.port : 0;
}
