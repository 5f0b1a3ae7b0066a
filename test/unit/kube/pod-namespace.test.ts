/** The pod's own namespace, as the kubelet mounts it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { podNamespace } from "../../../src/kube/pod-namespace.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pod-namespace-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["flux-migration", "flux-migration"],
  ["flux-migration\n", "flux-migration"],
  ["", undefined],
])("a file that says %j", (text, namespace) => {
  const file = join(folder, "namespace");
  writeFileSync(file, text);
  expect(podNamespace(file)).toBe(namespace);
});

test("no file, as outside of a pod", () => {
  expect(podNamespace(join(folder, "none"))).toBeUndefined();
});
