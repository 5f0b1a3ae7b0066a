/** Reads Tables as long as they can be had, and whole objects from then on. Reads nothing itself; both sources keep the same set. */
import { messageOf } from "./errors.ts";
import type { KubeLog } from "./log.ts";
import type { ReflectorMetrics, Source, WatchSink } from "./reflector-source.ts";
import { type ResourceType, resourceName } from "./resource.ts";
import { NoTable } from "./table.ts";

interface Parts {
  readonly resource: ResourceType;
  readonly log: KubeLog;
  readonly metrics: ReflectorMetrics;
}

/** A 500 can be the Table's fault or an outage: only each fourth is answered by a try without Tables, or an outage would see twice the requests. */
const DOUBTS_PER_TRY = 4;

export function tableFirst<T>(table: Pick<Source<T>, "list" | "watch">, full: Source<T>, { resource, log, metrics }: Parts): Source<T> {
  metrics.source = "table";
  let doubts = 0;
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
    metrics.source = "full";
    log.info("objects are read whole from now on", { resource: resourceName(resource), why });
  };
  return {
    list: async (start, signal) => {
      if (metrics.source === "full") return await full.list(start, signal);
      try {
        const listed = await table.list(start, signal);
        doubts = 0;
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
