/** How many objects each CRD of the toolkit has. Counted, not watched: the number informs, and decides nothing. */
import type { Unreadable } from "../assess/look.ts";
import type { CrdFacts } from "../detect/crd.ts";
import type { KubeClient } from "../kube/client.ts";
import { countObjects } from "../kube/count.ts";
import type { KubeLog } from "../kube/log.ts";
import { resourceName } from "../kube/resource.ts";
import { servedResource } from "./crd-watch.ts";

export class ObjectCounts {
  readonly #client: KubeClient;
  readonly #log: KubeLog;
  readonly #counts = new Map<string, number>();
  readonly #denied = new Map<string, Unreadable>();
  #known = "";

  constructor(client: KubeClient, log: KubeLog) {
    this.#client = client;
    this.#log = log;
  }

  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  unreadable(): Unreadable[] {
    return [...this.#denied.values()];
  }

  /** Whether the CRDs differ from those that were last counted. */
  outdated(crds: readonly CrdFacts[]): boolean {
    return fingerprint(crds) !== this.#known;
  }

  /** One small request a kind. @returns true where a number or a right changed */
  async refresh(crds: readonly CrdFacts[], signal: AbortSignal): Promise<boolean> {
    this.#known = fingerprint(crds);
    const before = this.#state();
    const wanted = crds.filter((crd) => crd.track === "GitOpsToolkit" && crd.established);
    for (const name of this.#counts.keys()) if (!wanted.some((crd) => crd.name === name)) this.#counts.delete(name);
    for (const name of this.#denied.keys()) if (!wanted.some((crd) => crd.name === name)) this.#denied.delete(name);
    await Promise.all(wanted.map((crd) => this.#count(crd, signal)));
    return this.#state() !== before;
  }

  async #count(crd: CrdFacts, signal: AbortSignal): Promise<void> {
    const resource = servedResource(crd);
    if (!resource) return;
    const answer = await countObjects(this.#client, resource, signal);
    if (signal.aborted) return;
    if (answer.at === "Found") {
      this.#counts.set(crd.name, answer.value);
      this.#denied.delete(crd.name);
      return;
    }
    this.#counts.delete(crd.name);
    if (answer.at === "Absent") return;
    this.#log.warn("objects could not be counted", { crd: crd.name, error: answer.why });
    // Trouble in between passes, and the next count tells.
    if (answer.at === "Forbidden")
      this.#denied.set(crd.name, { resource: resourceName(resource), verb: "list", reason: "Forbidden", message: answer.why });
  }

  #state(): string {
    return JSON.stringify([[...this.#counts].sort(), [...this.#denied.keys()].sort()]);
  }
}

function fingerprint(crds: readonly CrdFacts[]): string {
  return JSON.stringify(
    crds
      .filter((crd) => crd.track === "GitOpsToolkit")
      .map(({ name, served, storage, established }) => [name, served, storage, established])
      .sort(),
  );
}
