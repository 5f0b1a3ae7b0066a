/** What work costs the processor: the clock would count as well whatever else the machine does. For limits against work that grows out of hand. */
import { threadCpuUsage } from "node:process";

/** @returns milliseconds of processor time of this thread; the best of some turns, so that compiling is not what is measured */
export function cpuMilliseconds(act: () => void, turns = 3): number {
  const costs = Array.from({ length: turns }, () => {
    const before = threadCpuUsage();
    act();
    const { user, system } = threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...costs);
}
