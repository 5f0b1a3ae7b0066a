/**
 * What a process holds: files and sockets by the kernel's count, heap and handles by its own. Judges nothing (trend.ts).
 *
 * The heap is measured right after a full collection of garbage, which a line put before the program carries out when it is asked: garbage
 * is no leak, and its saw-tooth of some megabytes would hide one of 1 MB an hour for a day.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import * as z from "zod";

/** Two collections: what a finalizer lets go is collected by the second. */
const PROBE = `process.on("message", () => {
  gc(); gc();
  process.send({ heapBytes: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo() });
});
process.channel.unref();`;

/** Flags for node, before the program. The program needs a channel: stdio "ipc". */
export const PROBE_FLAGS: readonly string[] = ["--expose-gc", "--import", `data:text/javascript,${encodeURIComponent(PROBE)}`];

const ANSWER_MS = 30_000;

const Answer = z.object({ heapBytes: z.number(), handles: z.array(z.string()) });

export interface Census {
  readonly atMs: number;
  /** Bytes that are alive. */
  readonly heap: number;
  /** Resident bytes. */
  readonly resident: number;
  readonly files: number;
  readonly sockets: number;
  /** What keeps the event loop alive. Source: process.getActiveResourcesInfo() */
  readonly handles: number;
  /** `socket 12, pipe 3`, and the same of handles, for people. */
  readonly kinds: string;
}

/** @throws an error where the process ended, or does not answer */
export async function takeCensus(child: ChildProcess): Promise<Census> {
  const { pid } = child;
  if (pid === undefined || !child.connected) throw new Error("the process is gone: nothing can be counted");
  const limit = AbortSignal.timeout(ANSWER_MS);
  const answered = once(child, "message", { signal: limit });
  child.send("census");
  const { heapBytes, handles } = Answer.parse((await answered)[0]);
  const files = await openFiles(pid);
  const resident = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  return {
    atMs: performance.now(),
    heap: heapBytes,
    resident: Number(resident) * 1024,
    files: files.length,
    sockets: files.filter((kind) => kind === "socket").length,
    handles: handles.length,
    kinds: `${told(files)}; ${told(handles)}`,
  };
}

/** @returns the kind of each: `socket`, `pipe`, `anon_inode`, or the path of a file */
async function openFiles(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    // One that was closed meanwhile is no longer open.
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => undefined)),
  );
  return links.flatMap((link) => (link === undefined ? [] : [link.startsWith("/") ? link : link.slice(0, link.indexOf(":"))]));
}

function told(kinds: readonly string[]): string {
  const counts = Map.groupBy(kinds, (kind) => kind);
  return Array.from(counts, ([kind, all]) => `${kind} ${all.length}`)
    .toSorted()
    .join(", ");
}
