/** Watches CustomResourceDefinitions and keeps those of Flux 1 and of the toolkit, and the objects of Flux 1 behind them. */
import type { Data } from "../data/read-data.ts";
import type { WorkloadProblem } from "../detect/component.ts";
import { type CrdFacts, readCrd } from "../detect/crd.ts";
import { createReflector, type Reflector } from "../kube/reflector.ts";
import type { ResourceType } from "../kube/resource.ts";
import { awaited, objectName, type WatchContext } from "./watch-context.ts";

export const CRDS: ResourceType = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };

export type KeptCrd = { at: "Flux"; crd: CrdFacts } | { at: "Malformed"; object: string; problem: WorkloadProblem };

export function watchCrds(context: WatchContext, data: Data): Reflector<KeptCrd> {
  return createReflector<KeptCrd>({
    ...context,
    resource: CRDS,
    alwaysServed: true,
    form: "Object",
    table: "Name",
    needles: data.catalogue.crds.map((row) => ("name" in row ? row.name : row.group.replace("*.", ""))),
    keep: (object) => {
      const reading = readCrd(object, data.catalogue);
      if (reading.at === "NotFlux") return undefined;
      if (reading.at === "Read") return { at: "Flux", crd: reading.crd };
      const { field, found, want } = reading.problem;
      context.log.warn("a CRD cannot be understood", { object: objectName(object), field, found, want });
      return { at: "Malformed", object: objectName(object), problem: reading.problem };
    },
  });
}

/** The version to read objects in: the one they are stored in, where that is served; else any that is. */
export function servedResource(crd: CrdFacts): ResourceType | undefined {
  const version = crd.served.includes(crd.storage) ? crd.storage : crd.served[0];
  return version === undefined ? undefined : { group: crd.group, version, plural: crd.plural };
}

/** Objects of Flux 1, which decide whether leftovers remain. A watch comes and goes with its CRD. */
export class Flux1Objects {
  readonly #context: WatchContext;
  readonly #watches = new Map<string, { version: string; reflector: Reflector<true> }>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(context: WatchContext) {
    this.#context = awaited(context);
  }

  /** Starts and stops watches until they fit the CRDs. */
  follow(crds: readonly CrdFacts[]): void {
    const wanted = new Map(
      crds
        .filter((crd) => crd.track === "Flux1" && crd.established)
        .flatMap((crd) => {
          const resource = servedResource(crd);
          return resource ? [[crd.name, resource] as const] : [];
        }),
    );
    for (const [name, { version, reflector }] of this.#watches) {
      if (wanted.get(name)?.version === version) continue;
      this.#watches.delete(name);
      const stopped = reflector.stop().finally(() => this.#stopping.delete(stopped));
      this.#stopping.add(stopped);
    }
    for (const [name, resource] of wanted) {
      if (this.#watches.has(name)) continue;
      const reflector = createReflector<true>({ ...this.#context, resource, form: "Metadata", keep: () => true });
      this.#watches.set(name, { version: resource.version, reflector });
      reflector.start();
    }
  }

  reflectors(): Reflector<true>[] {
    return Array.from(this.#watches.values(), ({ reflector }) => reflector);
  }

  /** Numbers by CRD name, where they are known. */
  counts(): Map<string, number> {
    const known = [...this.#watches].filter(([, { reflector }]) => reflector.state().at === "Synced");
    return new Map(known.map(([name, { reflector }]) => [name, reflector.items().length]));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.reflectors().map((reflector) => reflector.stop()), ...this.#stopping]);
  }
}
