/** Watches the three kinds of workload and keeps what is Flux in them. The rules are src/detect's; the requests are src/kube's. */
import type { Unreadable } from "../assess/look.ts";
import type { Data } from "../data/read-data.ts";
import { needles } from "../detect/catalogue.ts";
import { type DetectedComponent, detectWorkload, type WorkloadProblem } from "../detect/component.ts";
import { WORKLOAD_KINDS } from "../detect/workload-kind.ts";
import { createReflector, type Reflector } from "../kube/reflector.ts";
import { resourceName } from "../kube/resource.ts";
import { objectName, type WatchContext } from "./watch-context.ts";

/** A workload that is Flux, or that may be and cannot be understood. */
export type KeptWorkload = { at: "Flux"; components: DetectedComponent[] } | { at: "Malformed"; object: string; problem: WorkloadProblem };

export function watchWorkloads(context: WatchContext, data: Data): Reflector<KeptWorkload>[] {
  return WORKLOAD_KINDS.map(({ kind, resource }) =>
    createReflector<KeptWorkload>({
      ...context,
      resource,
      alwaysServed: true,
      form: "Object",
      needles: needles(data.catalogue),
      table: "Images",
      keep: (object) => {
        const reading = detectWorkload(object, kind, data.catalogue, data.managers);
        if (reading.at === "Malformed") {
          const { field, found, want } = reading.problem;
          context.log.warn("a workload cannot be understood", {
            resource: resourceName(resource),
            object: objectName(object),
            field,
            found,
            want,
          });
          return { at: "Malformed", object: objectName(object), problem: reading.problem };
        }
        return reading.components.length > 0 ? { at: "Flux", components: reading.components } : undefined;
      },
    }),
  );
}

/** @param resource the kind that the workloads were read from */
export function malformed(resource: string, kept: { object: string; problem: WorkloadProblem }): Unreadable {
  const { field, found, want } = kept.problem;
  return {
    resource,
    object: kept.object,
    verb: "parse",
    reason: "InvalidObject",
    message: `${resource} ${kept.object}: ${field} is ${found}; want ${want}`,
  };
}
