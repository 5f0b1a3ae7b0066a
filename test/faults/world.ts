/**
 * What happens in the cluster while the network fails: steps by a seed, done directly on the API server. It remembers how often each
 * component of Flux 1 appeared, as nobody may be told of more. Knows no operator.
 */
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { crdManifest } from "../integration/operator/manifests.ts";
import type { Random } from "./random.ts";

const NAMESPACES = ["north", "south", "east"] as const;
const NAMES = ["flux", "helm-operator", "source-controller", "web", "other"] as const;
const KINDS = { Deployment: "deployments", StatefulSet: "statefulsets", DaemonSet: "daemonsets" } as const;
type Kind = keyof typeof KINDS;

/** The tag is the number of the step: what an operator shows tells how old its look is. */
const IMAGES = {
  fluxd: (step: number) => `docker.io/fluxcd/flux:1.25.${step}`,
  "helm-operator": (step: number) => `docker.io/fluxcd/helm-operator:1.4.${step}`,
  "source-controller": (step: number) => `ghcr.io/fluxcd/source-controller:v1.8.${step}`,
  foreign: (step: number) => `docker.io/library/nginx:1.29.${step}`,
} as const;
type Running = keyof typeof IMAGES;
const RUNNING: readonly [Running, ...Running[]] = ["fluxd", "helm-operator", "source-controller", "foreign", "foreign"];

const FLUX1_CRD = "helmreleases.helm.fluxcd.io";
const TOOLKIT_CRD = "kustomizations.kustomize.toolkit.fluxcd.io";
const CRDS = [
  { name: FLUX1_CRD, kind: "HelmRelease" },
  { name: TOOLKIT_CRD, kind: "Kustomization" },
] as const;

export const CRDS_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const MERGE = "application/merge-patch+json";

interface Slot {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

/** @returns how one step is called in the record, `undefined` where there was nothing to do */
type Step = (number: number) => Promise<string | undefined>;

export class World {
  readonly #cp: ControlPlane;
  readonly #random: Random;
  readonly #slots: readonly [Slot, ...Slot[]];
  readonly #there = new Map<Slot, Running>();
  /** `fluxd in north/flux` and how often it came. */
  readonly appeared = new Map<string, number>();
  /** What was done, for a failure's report. */
  readonly done: string[] = [];

  constructor(cp: ControlPlane, random: Random) {
    this.#cp = cp;
    this.#random = random;
    const slots = NAMESPACES.flatMap((namespace) => NAMES.map((name, index): Slot => ({ kind: kindAt(index), namespace, name })));
    const [first, ...rest] = slots;
    if (!first) throw new Error("no slots");
    this.#slots = [first, ...rest];
  }

  /** What is there from the start: of each component one that no step touches, and both CRDs. */
  async begin(): Promise<void> {
    for (const name of NAMESPACES) await this.#post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    for (const running of ["fluxd", "source-controller"] as const)
      await this.#create({ kind: "Deployment", namespace: "north", name: `lasting-${running}` }, running, 0);
    for (const crd of CRDS) await this.#post(CRDS_PATH, crdManifest(crd.name, crd.kind));
  }

  /** One more step. @param number from 1; stands in the tag of what it deploys */
  async step(number: number): Promise<void> {
    const slot = () => this.#random.pick(this.#slots);
    const steps: readonly [Step, ...Step[]] = [
      (step) => this.#toggle(slot(), step),
      (step) => this.#toggle(slot(), step),
      (step) => this.#swap(slot(), step),
      (step) => this.#swap(slot(), step),
      (step) => this.#patch(slot(), { spec: { replicas: step % 5 } }, "scale"),
      (step) => this.#patch(slot(), { metadata: { labels: { step: String(step) } } }, "label"),
      (step) => this.#labelNamespace(step),
      () => this.#toggleCrd(),
      (step) => this.#toggleObject(step),
    ];
    const what = await this.#random.pick(steps)(number);
    if (what !== undefined) this.done.push(`${number} ${what}`);
  }

  /** Removes all that begin() and the steps made, but for the namespaces. */
  async end(): Promise<void> {
    for (const slot of [...this.#there.keys()]) await this.#cp.request("DELETE", pathOf(slot));
    this.#there.clear();
    for (const { name } of CRDS) await this.#cp.request("DELETE", `${CRDS_PATH}/${name}`);
  }

  async #toggle(slot: Slot, step: number): Promise<string> {
    if (!this.#there.has(slot)) return await this.#create(slot, this.#random.pick(RUNNING), step);
    await this.#cp.request("DELETE", pathOf(slot));
    this.#there.delete(slot);
    return `delete ${slot.namespace}/${slot.name}`;
  }

  async #create(slot: Slot, running: Running, step: number): Promise<string> {
    await this.#post(pathOf({ ...slot, name: "" }), workload(slot, IMAGES[running](step)));
    this.#shows(slot, running);
    return `create ${slot.namespace}/${slot.name} ${running}`;
  }

  async #swap(slot: Slot, step: number): Promise<string | undefined> {
    if (!this.#there.has(slot)) return undefined;
    const running = this.#random.pick(RUNNING);
    const patch = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: IMAGES[running](step) }];
    const { status } = await this.#cp.request("PATCH", pathOf(slot), patch, "application/json-patch+json");
    if (status !== 200) throw new Error(`swap ${pathOf(slot)}: ${status}`);
    this.#shows(slot, running);
    return `swap ${slot.namespace}/${slot.name} ${running}`;
  }

  #shows(slot: Slot, running: Running): void {
    if (this.#there.get(slot) !== running) {
      const name = `${running} in ${slot.namespace}/${slot.name}`;
      this.appeared.set(name, (this.appeared.get(name) ?? 0) + 1);
    }
    this.#there.set(slot, running);
  }

  async #patch(slot: Slot, patch: object, what: string): Promise<string | undefined> {
    if (!this.#there.has(slot)) return undefined;
    await this.#cp.request("PATCH", pathOf(slot), patch, MERGE);
    return `${what} ${slot.namespace}/${slot.name}`;
  }

  async #labelNamespace(step: number): Promise<string> {
    const name = this.#random.pick(NAMESPACES);
    await this.#cp.request("PATCH", `/api/v1/namespaces/${name}`, { metadata: { labels: { step: String(step) } } }, MERGE);
    return `label ${name}`;
  }

  /** A CRD that is being deleted, or is not served yet, is left for another step. */
  async #toggleCrd(): Promise<string> {
    const crd = this.#random.pick(CRDS);
    const deleted = await this.#cp.request("DELETE", `${CRDS_PATH}/${crd.name}`);
    if (deleted.status === 404) await this.#cp.request("POST", CRDS_PATH, crdManifest(crd.name, crd.kind));
    return `toggle ${crd.name}`;
  }

  async #toggleObject(step: number): Promise<string> {
    const crd = this.#random.pick(CRDS);
    const [plural = "", ...group] = crd.name.split(".");
    const path = `/apis/${group.join(".")}/v1/namespaces/default/${plural}`;
    const name = `object-${step % 4}`;
    const deleted = await this.#cp.request("DELETE", `${path}/${name}`);
    const body = { apiVersion: `${group.join(".")}/v1`, kind: crd.kind, metadata: { name }, spec: {} };
    if (deleted.status === 404) await this.#cp.request("POST", path, body);
    return `toggle ${plural}/${name}`;
  }

  async #post(path: string, body: object): Promise<void> {
    const { status, body: answer } = await this.#cp.request("POST", path, body);
    if (status !== 201 && status !== 409) throw new Error(`POST ${path}: ${status} ${JSON.stringify(answer)}`);
  }
}

function kindAt(index: number): Kind {
  return index === 3 ? "DaemonSet" : index === 4 ? "StatefulSet" : "Deployment";
}

function pathOf({ kind, namespace, name }: Slot): string {
  const collection = `/apis/apps/v1/namespaces/${namespace}/${KINDS[kind]}`;
  return name === "" ? collection : `${collection}/${name}`;
}

function workload({ kind, namespace, name }: Slot, image: string): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas: 1 }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image }] } },
    },
  };
}
