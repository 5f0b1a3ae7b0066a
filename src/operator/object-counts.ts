/** How many objects each CRD of the toolkit has. Counted, not watched: the number informs, and decides nothing, so one that is missing is no fault. */
import type { CrdFacts } from "../detect/crd.ts";
import type { KubeClient } from "../kube/client.ts";
import { countObjects } from "../kube/count.ts";
import { servedResource } from "./crd-watch.ts";
import type { Notices } from "./notices.ts";

export class ObjectCounts {
  readonly #client: KubeClient;
  readonly #notices: Pick<Notices, "say" | "over">;
  readonly #counts = new Map<string, number>();
  /** Kinds whose last count met trouble that passes. */
  readonly #troubled = new Set<string>();
  #known = "";

  constructor(client: KubeClient, notices: Pick<Notices, "say" | "over">) {
    this.#client = client;
    this.#notices = notices;
  }

  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Whether a count is to be tried again soon. A right that is missing is not: nobody gives it in a minute. */
  troubled(): boolean {
    return this.#troubled.size > 0;
  }

  /** Whether the CRDs differ from those that were last counted. */
  outdated(crds: readonly CrdFacts[]): boolean {
    return fingerprint(crds) !== this.#known;
  }

  /** One small request a kind. @returns true where a number changed */
  async refresh(crds: readonly CrdFacts[], signal: AbortSignal): Promise<boolean> {
    this.#known = fingerprint(crds);
    const before = this.#state();
    const wanted = crds.filter((crd) => crd.track === "GitOpsToolkit" && crd.established);
    for (const name of this.#counts.keys()) if (!wanted.some((crd) => crd.name === name)) this.#counts.delete(name);
    this.#troubled.clear();
    await Promise.all(wanted.map((crd) => this.#count(crd, signal)));
    return this.#state() !== before;
  }

  async #count(crd: CrdFacts, signal: AbortSignal): Promise<void> {
    const resource = servedResource(crd);
    if (!resource) return;
    const answer = await countObjects(this.#client, resource, signal);
    if (signal.aborted) return;
    const topic = `objects of ${crd.name}`;
    if ("why" in answer) this.#notices.say(topic, `the objects of a kind could not be counted: ${answer.why}`);
    else this.#notices.over(topic);
    if (answer.at === "Found") this.#counts.set(crd.name, answer.value);
    else if (answer.at !== "Unreadable") this.#counts.delete(crd.name);
    // A CRD that is established and not served is about to be.
    if (answer.at === "Unreadable" || answer.at === "Absent") this.#troubled.add(crd.name);
  }

  #state(): string {
    return JSON.stringify([...this.#counts].sort());
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
