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

/** Starts a program of node's with nothing of this shell's environment but PATH, in which node is the one that runs this. */
export function start(args: readonly string[], options: { cwd: string; environment?: Record<string, string> }): Running {
  const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { PATH, HOME: options.cwd, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
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
