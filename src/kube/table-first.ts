/** Reads Tables as long as they can be had, and whole objects from then on. Reads nothing itself; both sources keep the same set. */
import { messageOf, StatusError } from "./errors.ts";
import { FrameError } from "./frames.ts";
import type { KubeLog } from "./log.ts";
import type { ReflectorMetrics, Source } from "./reflector-source.ts";
import { type ResourceType, resourceName } from "./resource.ts";
import { NoTable } from "./table.ts";

interface Parts {
  readonly resource: ResourceType;
  readonly log: KubeLog;
  readonly metrics: ReflectorMetrics;
}

export function tableFirst<T>(table: Pick<Source<T>, "list" | "watch">, full: Source<T>, { resource, log, metrics }: Parts): Source<T> {
  metrics.source = "table";
  const fallBack = (why: string) => {
    if (metrics.source === "full") return;
    metrics.source = "full";
    log.info("objects are read whole from now on", { resource: resourceName(resource), why });
  };
  return {
    list: async (start, signal) => {
      if (metrics.source === "full") return await full.list(start, signal);
      try {
        return await table.list(start, signal);
      } catch (error) {
        if (signal.aborted || !isNoTable(error)) throw error;
        const listed = await full.list(start, signal);
        // Only now is it sure that the trouble was the Table's alone.
        fallBack(messageOf(error));
        return listed;
      }
    },
    watch: async (start, sink, signal) => {
      if (metrics.source === "full") return await full.watch(start, sink, signal);
      try {
        await table.watch(start, sink, signal);
      } catch (error) {
        if (signal.aborted || !isNoTable(error)) throw error;
        fallBack(messageOf(error));
        // The set is true up to the version that the watch has come to: the next one, of whole objects, goes on from there.
        throw new FrameError(`${resourceName(resource)}: ${messageOf(error)}`, { cause: error });
      }
    },
    latestVersion: (signal) => full.latestVersion(signal),
  };
}

/** 406: the server knows no Tables. 500: before 1.24 one object with an invalid selector breaks the Table of all [1]. [1] kubernetes#107559 */
function isNoTable(error: unknown): boolean {
  return error instanceof NoTable || (error instanceof StatusError && (error.code === 406 || error.code === 500));
}
