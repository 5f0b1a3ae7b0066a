/** What this process uses: CPU, memory, files, and how late its event loop is. Names and units are those that Prometheus' clients share. */
import { type Dir, opendirSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Series } from "./catalogue.ts";

/** Each sample holds this time and the lag on top, and is a wake-up: the start, in which all is read, is looked at closely. */
const START_SAMPLE_MS = 20;
const SAMPLE_MS = 200;

/** What the start takes where much is read. */
const START_MS = 10_000;

/** More are not counted one by one at each scrape. */
const MOST_FILES = 10_000;

/**
 * @param served whether anybody can ask for them
 * @returns sources of the process metrics; the event loop is measured from now on, without keeping the process alive
 */
export function processSources(served: boolean) {
  let lag = served ? watchLag(START_SAMPLE_MS) : undefined;
  const afterStart = () => {
    lag?.end();
    lag = watchLag(SAMPLE_MS);
  };
  if (served) setTimeout(afterStart, START_MS).unref();
  return {
    process_cpu_seconds_total: () => {
      const { user, system } = process.cpuUsage();
      return one((user + system) / 1e6);
    },
    process_resident_memory_bytes: () => one(process.memoryUsage.rss()),
    process_start_time_seconds: () => one(performance.timeOrigin / 1000),
    process_open_fds: () => {
      const files = openFiles();
      return files === undefined ? [] : one(files);
    },
    nodejs_eventloop_lag_p99_seconds: () => one((lag?.p99Ms() ?? 0) / 1000),
  };
}

function watchLag(sampleMs: number) {
  const delay = monitorEventLoopDelay({ resolution: sampleMs });
  delay.enable();
  return {
    /** Since it was asked last. */
    p99Ms: () => {
      const lagMs = delay.percentile(99) / 1e6 - sampleMs;
      delay.reset();
      return Math.max(0, lagMs);
    },
    end: () => void delay.disable(),
  };
}

function one(value: number): readonly Series<"process_open_fds">[] {
  return [{ labels: {}, value }];
}

function openFiles(): number | undefined {
  let folder: Dir;
  try {
    folder = opendirSync("/proc/self/fd");
  } catch {
    // Only Linux has it.
    return undefined;
  }
  let files = 0;
  while (files < MOST_FILES && folder.readSync()) files += 1;
  folder.closeSync();
  // The folder itself was open while it was read.
  return files - 1;
}
