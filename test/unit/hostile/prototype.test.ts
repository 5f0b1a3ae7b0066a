/** Keys and texts that name parts of an object's prototype change nothing outside. */
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { assess } from "../../../src/assess/assess.ts";
import { detectWorkload } from "../../../src/detect/component.ts";
import { readCrd } from "../../../src/detect/crd.ts";
import { readNamespace } from "../../../src/detect/namespace.ts";
import { data } from "../assess/subject-builder.ts";
import { exposedOf } from "../metrics/exposed.ts";
import { hostileSubject } from "./cluster.ts";

const KEYS = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

/** As JSON.parse makes it: an own property, which an assignment would not make. */
const parsed = (text: string): unknown => JSON.parse(text);

const BUILT_IN = [Object.prototype, Array.prototype, Map.prototype, Function.prototype];
const state = () => BUILT_IN.map((builtIn) => Object.entries(Object.getOwnPropertyDescriptors(builtIn)));

test("npm test runs this suite without Object.prototype.__proto__", () => {
  const script = /"test:unit": "([^"]*)"/.exec(readFileSync("package.json", "utf8"))?.[1];
  expect(script).toContain("--disable-proto=delete");
  if (process.execArgv.includes("--disable-proto=delete")) expect("__proto__" in {}).toBe(false);
});

describe.each(KEYS)("%s", (key) => {
  let before: ReturnType<typeof state>;
  beforeAll(() => {
    // For this file alone: each has a realm of its own. What is added is refused, and what is changed is seen.
    for (const builtIn of BUILT_IN) Object.preventExtensions(builtIn);
    before = state();
  });
  afterEach(() => expect(state()).toEqual(before));

  test("as a key of labels, annotations, namespaces and CRDs", () => {
    const pairs = `{"${key}": "polluted", "a": "${key}"}`;
    const nested = `{"${key}": {"polluted": true}}`;
    const workload =
      parsed(`{"${key}": ${nested}, "metadata": {"name": "w", "namespace": "${key}", "labels": ${pairs}, "annotations": ${pairs}},
      "spec": {"${key}": ${nested}, "template": {"metadata": {"labels": ${pairs}}, "spec": {"containers": [
        {"name": "${key}", "image": "docker.io/fluxcd/flux:1.25.4", "${key}": ${nested}}]}}}, "status": ${nested}}`);
    const reading = detectWorkload(workload, "Deployment", data.catalogue, data.managers);
    expect(reading).toMatchObject({ at: "Read", components: [{ name: "fluxd", namespace: key }] });
    const namespace = readNamespace(parsed(`{"metadata": {"name": "${key}", "labels": ${pairs}, "annotations": ${pairs}}}`));
    expect(namespace.at).toBe("Read");
    expect(() =>
      readCrd(parsed(`{"metadata": {"name": "x", "labels": ${pairs}}, "spec": ${nested}, "status": ${nested}}`), data.catalogue),
    ).not.toThrow();
  });

  test("as a text in every place goes through judgement and metrics", async () => {
    const { status } = assess(hostileSubject(key));
    expect(status.inventory?.components?.map(({ workload }) => workload.name)).toContain(key);
    const { samples } = await exposedOf(status);
    expect(samples.some(({ labels }) => labels.namespace === key)).toBe(true);
  });
});
