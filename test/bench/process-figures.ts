/** What the kernel says of a process: time on a processor, and memory. Linux alone has /proc. */
import { readFile } from "node:fs/promises";

/** Of Linux on every processor that node runs on. Source: getconf CLK_TCK */
const TICKS_PER_SECOND = 100;

/** @returns seconds that all threads of a process have run, in steps of 10 ms. Source: proc_pid_stat(5), utime and stime */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name of the program stands in brackets, and may hold any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return (user + system) / TICKS_PER_SECOND;
}

/** @returns the most memory that a process ever had, resident, in MB (2^20). Source: proc_pid_status(5), VmHWM */
export async function peakMb(pid: number): Promise<number> {
  return (await firstNumber(`/proc/${pid}/status`, /^VmHWM:\s+(\d+) kB$/m)) / 1024;
}

/** @returns bytes that a process has read, from files and connections alike. Source: proc_pid_io(5), rchar */
export async function readBytes(pid: number): Promise<number> {
  return await firstNumber(`/proc/${pid}/io`, /^rchar: (\d+)$/m);
}

async function firstNumber(file: string, pattern: RegExp): Promise<number> {
  const found = pattern.exec(await readFile(file, "utf8"))?.[1];
  if (found === undefined) throw new Error(`${file} has no ${pattern.source}`);
  return Number(found);
}
