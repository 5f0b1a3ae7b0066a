/** Objects that could not be counted: that is said once, decides nothing, and takes no number away that is known. A plan says it in the same words. */
import { expect, test } from "@jest/globals";
import { builtInData } from "../../../src/data/built-in-data.ts";
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

/** @returns counts of one kind, a pass over it, and what is said of it */
function countsThrough(client: KubeClient) {
  const said: string[] = [];
  const ignore = () => {};
  const notices = new Notices({ debug: ignore, info: ignore, warn: (sentence) => void said.push(sentence), error: ignore });
  const counts = new ObjectCounts(client, notices);
  const refresh = async () => {
    await counts.refresh([{ ...CRD, served: [...CRD.served], stored: [...CRD.stored] }], new AbortController().signal);
    return { count: counts.counts().get(CRD.name), again: counts.troubled() };
  };
  return { refresh, said };
}

test.each([
  [403, 'x is forbidden: User "operator" cannot list resource "x"', `${CRD.name}: list is forbidden (403) for operator`],
  [502, "upstream answered 403 after 3 tries", "GET /x: 502: upstream answered 403 after 3 tries"],
])("a kind that cannot be counted is said to be so once: %d", async (code, text, why) => {
  const { refresh, said } = countsThrough(refusing(code, text));
  await refresh();
  expect(await refresh()).toMatchObject({ count: undefined });
  expect(said).toEqual([`the objects of a kind could not be counted: ${why}`]);
});

test.each([
  { code: 503, count: 3, again: true },
  { code: 403, count: undefined, again: false },
  { code: 404, count: undefined, again: true },
])("a number that is known, and then a $code: $count, asked for soon: $again", async ({ code, ...expected }) => {
  const found = { kind: "Table", metadata: {}, rows: [{}, {}, {}] };
  const answers = [() => Promise.resolve(found), refusing(code, "no").json];
  const json: KubeClient["json"] = (request) => (answers.shift() ?? refusing(500, "no more").json)(request);
  const { refresh } = countsThrough({ ...refusing(500, ""), json });
  expect(await refresh()).toEqual({ count: 3, again: false });
  expect(await refresh()).toEqual(expected);
});

test("a plan names whose right is missing in the same words", async () => {
  const found = await readLiveObjects(refusing(403, 'x is forbidden: User "reader" cannot list resource "x"'), builtInData());
  expect(found.unreadable.map(({ message }) => message)).toContain("deployments.apps: list is forbidden (403) for reader");
  expect(found.unreadable.map(({ resource }) => resource)).toContain("customresourcedefinitions.apiextensions.k8s.io");
});
