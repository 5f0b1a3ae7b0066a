/** Reads Tables as long as they can be had, whole objects where not, and tries Tables again later. Reads nothing itself; both sources keep the same set. */
import { messageOf } from "./errors.ts";
import type { KubeLog } from "./log.ts";
import type { LoopTime } from "./loop-time.ts";
import type { ReflectorMetrics, Source, WatchSink } from "./reflector-source.ts";
import { type ResourceType, resourceName } from "./resource.ts";
import { NoTable } from "./table.ts";

interface Parts {
  readonly resource: ResourceType;
  readonly log: KubeLog;
  readonly metrics: ReflectorMetrics;
  readonly time: LoopTime;
}

/** A 500 can be the Table's fault or an outage: only each fourth is answered by a try without Tables, or an outage would see twice the requests. */
const DOUBTS_PER_TRY = 4;

/** What took the Tables away can pass: a 500 that was none of theirs, an object that broke them, a crowd of workloads, an old server. A Table is cheap to ask for. */
export const TABLES_AGAIN_MS = 3_600_000;

export function tableFirst<T>(
  table: Pick<Source<T>, "list" | "watch">,
  full: Source<T>,
  { resource, log, metrics, time }: Parts,
): Source<T> {
  metrics.source = "table";
  let doubts = 0;
  let refusedMs = 0;
  /** @returns why the same is to be read whole at once; throws what is no fault of the Table. */
  const faultOf = (error: unknown, signal: AbortSignal): string => {
    if (signal.aborted || !(error instanceof NoTable)) throw error;
    if (error.doubtful) {
      doubts += 1;
      if (doubts % DOUBTS_PER_TRY !== 1) throw error.doubtful;
    }
    return messageOf(error);
  };
  const fallBack = (why: string) => {
    const fields = { resource: resourceName(resource), why };
    if (metrics.source === "table") log.info("objects are read whole from now on", fields);
    else log.debug("objects are still read whole", fields);
    metrics.source = "full";
    refusedMs = time.nowMs();
  };
  const tablesCame = () => {
    doubts = 0;
    if (metrics.source === "full") log.info("Tables are read again", { resource: resourceName(resource) });
    metrics.source = "table";
  };
  /** A watch may need no list for weeks: whether Tables can be had is asked beside both. What keeps them away now must not keep those away. */
  const mayTryAgain = async (signal: AbortSignal) => {
    if (metrics.source === "table" || time.nowMs() - refusedMs < TABLES_AGAIN_MS) return;
    try {
      await table.list({ from: "Cache", paged: true }, signal);
      tablesCame();
    } catch (error) {
      if (signal.aborted) throw error;
      fallBack(messageOf(error));
    }
  };
  return {
    list: async (start, signal) => {
      await mayTryAgain(signal);
      if (metrics.source === "full") return await full.list(start, signal);
      try {
        const listed = await table.list(start, signal);
        tablesCame();
        return listed;
      } catch (error) {
        const why = faultOf(error, signal);
        const listed = await full.list(start, signal);
        // Only now is it sure that the trouble was the Table's alone.
        fallBack(why);
        return listed;
      }
    },
    watch: async (start, sink, signal) => {
      await mayTryAgain(signal);
      if (metrics.source === "full") return await full.watch(start, sink, signal);
      let { resourceVersion } = start;
      const progressed = (version: string) => {
        resourceVersion = version;
        sink.progressed(version);
      };
      try {
        await table.watch(start, { ...sink, progressed }, signal);
      } catch (error) {
        const why = faultOf(error, signal);
        const opened = () => {
          fallBack(why);
          sink.opened();
        };
        // The set is true up to the version that the watch has come to: whole objects go on from there.
        const whole: WatchSink<T> = { ...sink, opened };
        await full.watch({ ...start, resourceVersion }, whole, signal);
      }
    },
    latestVersion: (signal) => full.latestVersion(signal),
  };
}
