/** Objects that could not be counted: that is said once, and decides nothing. A plan tells of a missing right in the same words. */
import { expect, test } from "@jest/globals";
import { loadData } from "../../../src/data/load.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { statusErrorFrom } from "../../../src/kube/errors.ts";
import { Notices } from "../../../src/operator/notices.ts";
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

/** @returns what is said of a kind whose count is refused, twice */
async function saidOf(client: KubeClient): Promise<string[]> {
  const said: string[] = [];
  const ignore = () => {};
  const notices = new Notices({ debug: ignore, info: ignore, warn: (sentence) => void said.push(sentence), error: ignore });
  const counts = new ObjectCounts(client, notices);
  for (let pass = 0; pass < 2; pass += 1)
    await counts.refresh([{ ...CRD, served: [...CRD.served], stored: [...CRD.stored] }], new AbortController().signal);
  expect(counts.counts()).toEqual(new Map());
  return said;
}

test.each([
  [403, 'x is forbidden: User "operator" cannot list resource "x"', `${CRD.name}: list is forbidden (403) for operator`],
  [502, "upstream answered 403 after 3 tries", "GET /x: 502: upstream answered 403 after 3 tries"],
])("a kind that cannot be counted is said to be so once: %d", async (code, text, why) => {
  expect(await saidOf(refusing(code, text))).toEqual([`the objects of a kind could not be counted: ${why}`]);
});

test("a plan names whose right is missing in the same words", async () => {
  const found = await readLiveObjects(refusing(403, 'x is forbidden: User "reader" cannot list resource "x"'), loadData());
  expect(found.unreadable.map(({ message }) => message)).toContain("deployments.apps: list is forbidden (403) for reader");
  expect(found.unreadable.map(({ resource }) => resource)).toContain("customresourcedefinitions.apiextensions.k8s.io");
});
