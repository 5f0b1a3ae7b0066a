/**
 * One server process: started into a log file, polled until it answers, stopped with a deadline. Knows neither etcd nor Kubernetes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { OrphanGuard } from "./orphan-guard.ts";

const LOG_TAIL_LINES = 20;

/** Between two questions whether a server is ready: short against its 0.2 s (etcd) to 4 s (kube-apiserver) to start. */
const READY_POLL_MS = 50;

export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves once the process is gone, with how it ended ("exit code 1", "SIGTERM"). Never rejects. */
  readonly ended: Promise<string>;
  /** Asks until the answer is true. Rejects with the tail of the log when the process ends first, or after `deadlineMs`. */
  ready(ask: () => Promise<boolean>, deadlineMs: number): Promise<void>;
  /** SIGTERM, and after `deadlineMs` SIGKILL. Resolves when the process is gone; a second call waits for the same end. */
  stop(deadlineMs: number): Promise<void>;
  /** The last lines of the log. Never rejects. */
  logTail(): Promise<string>;
}

/** @param logFile appended to, so that the log of a server that is started again goes on */
export async function startServerProcess(
  name: string,
  program: string,
  flags: readonly string[],
  logFile: string,
  guard: OrphanGuard,
): Promise<ServerProcess> {
  const { child, pid } = await spawnIntoLog(program, flags, logFile);
  guard.watch(pid);
  // A test that fails before its stop() must not keep the test runner waiting for ever; the guard ends what is left.
  child.unref();
  let end: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      guard.forget(pid);
      end = signal ?? `exit code ${code}`;
      resolve(end);
    });
  });

  async function logTail(): Promise<string> {
    // The folder can be gone already, and its log with it.
    const log = await readFile(logFile, "utf8").catch(() => "");
    const lines = log.trimEnd().split("\n");
    return lines.slice(-LOG_TAIL_LINES).join("\n");
  }

  async function ready(ask: () => Promise<boolean>, deadlineMs: number): Promise<void> {
    const start = performance.now();
    while (performance.now() - start < deadlineMs) {
      if (end !== undefined) throw new Error(`${name} ended while it was starting (${end}); the end of its log:\n${await logTail()}`);
      if (await ask()) return;
      await sleep(READY_POLL_MS);
    }
    throw new Error(`${name} was not ready after ${deadlineMs / 1000} s; the end of its log:\n${await logTail()}`);
  }

  async function stop(deadlineMs: number): Promise<void> {
    if (end !== undefined) return;
    child.ref();
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
    await ended;
    clearTimeout(killer);
  }

  return { name, pid, ended, ready, stop, logTail };
}

async function spawnIntoLog(program: string, flags: readonly string[], logFile: string): Promise<{ child: ChildProcess; pid: number }> {
  const log = openSync(logFile, "a", 0o600);
  try {
    // Its own process group: Ctrl-C in a terminal would otherwise reach all servers at once, and an API server whose etcd is gone hangs.
    const child = spawn(program, flags, { stdio: ["ignore", log, log], detached: true });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    if (child.pid === undefined) throw new Error(`${program} was started, but has no process id`);
    return { child, pid: child.pid };
  } catch (cause) {
    throw new Error(`${program} cannot be started`, { cause });
  } finally {
    closeSync(log);
  }
}
