/** Why objects could not be counted: a missing right is told, by its one sentence; other trouble is none. A plan tells it by the same one. */
import { expect, test } from "@jest/globals";
import { loadData } from "../../../src/data/load.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { statusErrorFrom } from "../../../src/kube/errors.ts";
import { ObjectCounts } from "../../../src/operator/object-counts.ts";
import { readLiveObjects } from "../../../src/planning/live-objects.ts";

const CRD = {
  name: "kustomizations.kustomize.toolkit.fluxcd.io",
  group: "kustomize.toolkit.fluxcd.io",
  kind: "Kustomization",
  plural: "kustomizations",
  scope: "Namespaced",
  track: "GitOpsToolkit",
  served: ["v1"],
  storage: "v1",
  stored: ["v1"],
  established: true,
} as const;

function refusing(code: number, text: string): KubeClient {
  const refuse = () => Promise.reject(statusErrorFrom("GET /x", code, text, undefined, new Date()));
  return { name: "here", server: "https://127.0.0.1", request: refuse, json: refuse, close: () => {} };
}

async function unreadable(client: KubeClient) {
  const ignore = () => {};
  const counts = new ObjectCounts(client, { debug: ignore, info: ignore, warn: ignore, error: ignore });
  await counts.refresh([{ ...CRD, served: [...CRD.served], stored: [...CRD.stored] }], new AbortController().signal);
  return counts.unreadable().map(({ reason, message }) => `${reason} ${message}`);
}

test("a 403 is a missing right, and names whose", async () => {
  expect(await unreadable(refusing(403, 'x is forbidden: User "operator" cannot list resource "x"'))).toEqual([
    `Forbidden ${CRD.name}: list is forbidden (403) for operator`,
  ]);
});

test("what only tells of a 403 is none", async () => {
  expect(await unreadable(refusing(502, "upstream answered 403 after 3 tries"))).toEqual([]);
});

test("a plan names whose right is missing in the same words", async () => {
  const found = await readLiveObjects(refusing(403, 'x is forbidden: User "reader" cannot list resource "x"'), loadData());
  expect(found.unreadable.map(({ message }) => message)).toContain("deployments.apps: list is forbidden (403) for reader");
  expect(found.unreadable.map(({ resource }) => resource)).toContain("customresourcedefinitions.apiextensions.k8s.io");
});
