/** What the suites of src/kube share: clients, objects, and a reflector whose every change is recorded. Asserts nothing. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { type ClientSettings, createClient, type KubeClient } from "../../../src/kube/client.ts";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";
import { createReflector, type Reflector, type ReflectorOptions, type ReflectorState } from "../../../src/kube/reflector.ts";
import type { ReflectorTimings } from "../../../src/kube/reflector-timings.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { type Line, recordingLog } from "./recording-log.ts";

export { clientThrough } from "./faulty-proxy.ts";
export { type Line, recordingLog } from "./recording-log.ts";

export const DEPLOYMENTS = { group: "apps", version: "v1", plural: "deployments" };
export const NAMESPACES = { group: "", version: "v1", plural: "namespaces" };
export const NEEDLES = ["fluxcd/", "weaveworks/"];

/** The product's back-off, a twentieth as long: the suite waits for it often. */
export const QUICK: Partial<ReflectorTimings> = {
  backoff: { firstMs: 40, factor: 2, capMs: 1000, jitter: 1, resetMs: 6000 },
  notInstalledMs: 60_000,
};

export async function clientFor(
  cp: ControlPlane,
  user: "admin" | "operator" = "admin",
  settings: Partial<ClientSettings> = {},
): Promise<KubeClient> {
  const kubeconfig = await cp.kubeconfigFor(user);
  return createClient(loadCluster({ kubeconfig }), { version: "0.0.0-test", ...settings });
}

/** A reflector, and all that it ever showed. */
export interface Watched {
  readonly reflector: Reflector<string>;
  /** At each changed(): the state, and the kept names in order. */
  readonly shown: { state: ReflectorState["at"]; items: string[] }[];
  readonly lines: Line[];
  items(): string[];
}

const started: Watched[] = [];

/** Starts a reflector that keeps `namespace/name image` of each workload that runs a Flux image, or what `keep` says. */
export function watchOf(client: KubeClient, options: Partial<ReflectorOptions<string>> = {}): Watched {
  const { log, lines } = recordingLog();
  const shown: Watched["shown"] = [];
  const reflector = createReflector<string>({
    client,
    resource: DEPLOYMENTS,
    log,
    clock: () => new Date(),
    form: "Object",
    keep: fluxImageOf,
    changed: () => shown.push({ state: reflector.state().at, items: [...reflector.items()].sort() }),
    timings: QUICK,
    ...options,
  });
  const watched: Watched = { reflector, shown, lines, items: () => [...reflector.items()].sort() };
  started.push(watched);
  reflector.start();
  return watched;
}

/** Stops what a test started, also where it failed. */
export async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map(({ reflector }) => reflector.stop()));
}

export function fluxImageOf(object: unknown): string | undefined {
  const text = JSON.stringify(object);
  const image = /"image":"([^"]*(?:fluxcd|weaveworks)\/[^"]*)"/.exec(text)?.[1];
  return image === undefined ? undefined : `${nameOf(object)} ${image}`;
}

export function nameOf(object: unknown): string {
  if (typeof object !== "object" || object === null || !("metadata" in object)) throw new Error("no object");
  const { metadata } = object;
  if (typeof metadata !== "object" || metadata === null || !("name" in metadata)) throw new Error("no name");
  return "namespace" in metadata ? `${metadata.namespace}/${metadata.name}` : String(metadata.name);
}

export function deployment(name: string, image: string, namespace = "default") {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "main", image }] } } },
  };
}

export async function create(cp: ControlPlane, path: string, body: unknown): Promise<void> {
  const answer = await cp.request("POST", path, body);
  expect([answer.status, answer.status < 300 ? "" : answer.body]).toEqual([201, ""]);
}

export const deploymentsPath = (namespace = "default") => `/apis/apps/v1/namespaces/${namespace}/deployments`;

export async function deploy(cp: ControlPlane, name: string, image: string, namespace = "default"): Promise<void> {
  await create(cp, deploymentsPath(namespace), deployment(name, image, namespace));
}

export async function setImage(cp: ControlPlane, name: string, image: string): Promise<void> {
  const patch = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: image }];
  const answer = await cp.request("PATCH", `${deploymentsPath()}/${name}`, patch, "application/json-patch+json");
  expect(answer.status).toBe(200);
}

export async function remove(cp: ControlPlane, path: string): Promise<void> {
  expect((await cp.request("DELETE", path)).status).toBe(200);
}

/** Waits until a value is as wanted, and fails with the last one. */
export async function eventually(read: () => unknown, wanted: unknown, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    try {
      expect(await read()).toEqual(wanted);
      return;
    } catch {
      await sleep(20);
    }
  }
  expect(await read()).toEqual(wanted);
}

/** Fails the suite where a promise was rejected with nobody listening: it would end the operator. */
export function noUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const remember = (reason: unknown) => unhandled.push(reason);
  beforeAll(() => {
    process.on("unhandledRejection", remember);
  });
  afterAll(() => {
    process.off("unhandledRejection", remember);
    expect(unhandled).toEqual([]);
  });
}
