/**
 * Changes without end: workloads that are Flux and many that are not come, change and go, and people edit the MigrationStatus. One change
 * is one event of a watch. What is left in the end is known, whatever happened before.
 */
import type { Answer } from "../control-plane/admin-client.ts";
import { applyManifests } from "../control-plane/apply.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { manifest } from "../integration/operator/manifests.ts";
import { fluxd, toolkit } from "../unit/assess/subject-builder.ts";
import { deployment } from "../unit/detect/workload-builder.ts";
import { seeded } from "./seeded.ts";

const SINGLETON = "/apis/flux-migration.dev/v1alpha1/migrationstatuses/cluster";
const MERGE = "application/merge-patch+json";
const FOREIGN = 60;
const TENANTS = 8;

/** Connections to the API server: more do not make it faster on two cores. */
const WORKERS = 4;

const deployments = (namespace: string, name = "") => `/apis/apps/v1/namespaces/${namespace}/deployments${name === "" ? "" : `/${name}`}`;
const foreign = (index: number) => deployment("others", `app-${index}`, { image: `registry.example.com/app-${index}:1` });

/** The row of the status once everything has come to rest. */
export const FINAL_ROW = "1.25.4 None 2.9 Archived Current InProgress FinishMigration True";

interface Kind {
  readonly share: number;
  readonly change: (pick: (below: number) => number) => Promise<Answer[]>;
}

export class Churn {
  readonly #controlPlane: ControlPlane;
  readonly #kinds: readonly Kind[];
  #events = 0;
  #turn = 0;

  constructor(controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
    const { request } = controlPlane;
    const patch = async (path: string, body: object) => [await request("PATCH", path, body, MERGE)];
    const comeAndGo = async (namespace: string, object: ReturnType<typeof deployment>) => [
      await request("POST", deployments(namespace), manifest(object)),
      await request("DELETE", deployments(namespace, object.metadata.name)),
    ];
    const fluxdOf = (version: number) => ({ name: "flux", image: `docker.io/fluxcd/flux:1.25.${version}` });
    this.#kinds = [
      {
        share: 70,
        change: (pick) => patch(deployments("others", `app-${pick(FOREIGN)}`), { metadata: { annotations: { turn: `${this.#turn}` } } }),
      },
      {
        share: 12,
        change: (pick) =>
          patch(deployments(`tenant-${pick(TENANTS)}`, "flux"), { spec: { template: { spec: { containers: [fluxdOf(pick(5))] } } } }),
      },
      { share: 4, change: (pick) => patch(deployments(`tenant-${pick(TENANTS)}`, "flux"), { spec: { replicas: pick(2) } }) },
      { share: 4, change: () => comeAndGo("others", deployment("others", `guest-${this.#turn}`, { image: "nginx:1" })) },
      {
        share: 4,
        change: () =>
          comeAndGo("tenant-0", deployment("tenant-0", `guest-${this.#turn}`, { image: "docker.io/fluxcd/helm-operator:1.4.4" })),
      },
      {
        share: 3,
        change: (pick) => patch(`/api/v1/namespaces/tenant-${pick(TENANTS)}`, { metadata: { labels: { turn: `${this.#turn}` } } }),
      },
      {
        share: 1,
        change: () => patch(SINGLETON, { metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": `${this.#turn}` } } }),
      },
      {
        share: 2,
        change: (pick) => patch(SINGLETON, { spec: { ignore: [{ namespace: `tenant-${pick(TENANTS)}`, reason: `turn ${this.#turn}` }] } }),
      },
    ];
  }

  /** Changes that the API server has taken. */
  events(): number {
    return this.#events;
  }

  async begin(): Promise<void> {
    const objects = [
      ...Array.from({ length: FOREIGN }, (_, index) => foreign(index)),
      ...Array.from({ length: TENANTS }, (_, index) => fluxd({ namespace: `tenant-${index}` })),
      ...toolkit("v2.9.4"),
    ];
    const text = objects.map((object) => JSON.stringify(manifest(object))).join("\n---\n");
    const { refused } = await applyManifests(this.#controlPlane, text);
    if (refused.length > 0) throw new Error(`the first objects were refused: ${JSON.stringify(refused)}`);
  }

  /** Changes things until the signal. @throws an error where the API server refuses one */
  async run(seed: number, signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => this.#work(seeded(seed + worker), signal)));
  }

  /** Leaves fluxd running in one namespace beside the toolkit, and nobody's edits. */
  async end(): Promise<void> {
    const { request } = this.#controlPlane;
    for (let tenant = 1; tenant < TENANTS; tenant += 1) taken(await request("DELETE", deployments(`tenant-${tenant}`, "flux")));
    const container = { name: "flux", image: "docker.io/fluxcd/flux:1.25.4" };
    const last = { spec: { replicas: 1, template: { spec: { containers: [container] } } } };
    taken(await request("PATCH", deployments("tenant-0", "flux"), last, MERGE));
    taken(await request("PATCH", SINGLETON, { spec: { ignore: null } }, MERGE));
  }

  async #work(random: () => number, signal: AbortSignal): Promise<void> {
    const pick = (below: number) => Math.floor(random() * below);
    while (!signal.aborted) {
      this.#turn += 1;
      const answers = await this.#kindAt(pick(100)).change(pick);
      for (const answer of answers) taken(answer);
      this.#events += answers.length;
    }
  }

  #kindAt(place: number): Kind {
    let left = place;
    for (const kind of this.#kinds) {
      if (left < kind.share) return kind;
      left -= kind.share;
    }
    throw new RangeError(`the shares come to less than ${place}`);
  }
}

function taken({ status, body }: Answer): void {
  if (status >= 300) throw new Error(`the API server refused a change with ${status}: ${JSON.stringify(body).slice(0, 500)}`);
}
