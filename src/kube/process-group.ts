/** Starts a program in a process group of its own, reads what it says, and ends the whole group: with it, at a limit, or with us. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface GroupLimits {
  /** Milliseconds until its streams have ended. */
  readonly timeMs: number;
  /** Bytes of each stream. */
  readonly bytes: number;
}

export interface GroupEnd {
  /** Exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

/** It went past a limit; the message says which. */
export class PastLimit extends Error {
  override readonly name = "PastLimit";
}

type Program = ChildProcessByStdio<null, Readable, Readable>;

const END_SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/**
 * Its standard input is empty: a program outside of the terminal's group would be stopped when it asks a person.
 *
 * @param file found by its whole path; no shell reads the arguments
 * @throws PastLimit, or what the system says where it cannot be started
 */
export async function runGroup(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { timeMs, bytes }: GroupLimits,
): Promise<GroupEnd> {
  let child: Program | undefined;
  // Before there is anything to end: a signal between the two would leave it behind.
  const forget = endWithUs(() => endGroup(child));
  try {
    // On Windows a detached program would open a window of its own; there its tree is ended by its number.
    const detached = process.platform !== "win32";
    child = spawn(file, args, { env: environment, stdio: ["ignore", "pipe", "pipe"], detached, windowsHide: true });
    return await endOf(child, { timeMs, bytes });
  } finally {
    forget();
  }
}

async function endOf(child: Program, { timeMs, bytes }: GroupLimits): Promise<GroupEnd> {
  const ended = Promise.withResolvers<GroupEnd>();
  child.on("error", (error) => ended.reject(error));
  // Where no file descriptor is left for its streams, it has none.
  if (child.pid === undefined) return await ended.promise;
  const stop = (error: Error) => {
    ended.reject(error);
    endGroup(child);
    // Who left the group may hold them open.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const tooMuch = () => stop(new PastLimit(`wrote more than ${bytes} bytes`));
  const [out, err] = [gathered(child.stdout, bytes, tooMuch), gathered(child.stderr, bytes, tooMuch)];
  // What it left behind would hold its streams open, and live on.
  child.on("exit", () => endGroup(child));
  child.on("close", (code, signal) => ended.resolve({ code: signal ?? code ?? 0, out: out(), err: err() }));
  const limit = setTimeout(() => stop(new PastLimit(`did not end within ${timeMs / 1000} s`)), timeMs);
  try {
    return await ended.promise;
  } finally {
    clearTimeout(limit);
  }
}

function gathered(stream: Readable, mostBytes: number, tooMuch: () => void): () => string {
  const pieces: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > mostBytes) tooMuch();
    else pieces.push(piece);
  });
  stream.on("error", () => {}); // it was destroyed at a limit, which is told
  return () => Buffer.concat(pieces).toString();
}

function endGroup(child: Program | undefined): void {
  const pid = child?.pid;
  if (pid === undefined) return;
  if (process.platform === "win32") {
    // A number that is free again may be somebody else's.
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const taskkill = join(process.env.SystemRoot ?? "C:\\Windows", "System32", "taskkill.exe");
    spawn(taskkill, ["/pid", String(pid), "/t", "/f"], { stdio: "ignore", windowsHide: true }).on("error", () => {});
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // None of the group is left.
  }
}

/** How to end each group that runs. */
const running = new Set<() => void>();

/** A signal of the terminal reaches our group alone. @returns what forgets it, once it has ended */
function endWithUs(end: () => void): () => void {
  if (running.size === 0) {
    process.on("exit", endAll);
    // Before those who listen once, and no longer count when they have heard.
    for (const signal of END_SIGNALS) process.prependListener(signal, heard);
  }
  running.add(end);
  return () => {
    running.delete(end);
    if (running.size > 0) return;
    process.removeListener("exit", endAll);
    for (const signal of END_SIGNALS) process.removeListener(signal, heard);
  };
}

function endAll(): void {
  for (const end of running) end();
}

function heard(signal: NodeJS.Signals): void {
  endAll();
  // Whoever else listens decides; else the signal does what it does without us.
  if (process.listenerCount(signal) > 1) return;
  process.removeListener(signal, heard);
  process.kill(process.pid, signal);
}
