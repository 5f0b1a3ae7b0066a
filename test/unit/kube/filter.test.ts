/** The filter: what it passes over is never ours, and never one of the frames that the watch itself needs. */
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { createFilter, identityOf } from "../../../src/kube/filter.ts";

const NEEDLES = ["fluxcd/", "weaveworks/", "flux-"];
const nobody = () => false;

interface Meta {
  name: string;
  generateName?: string | undefined;
  namespace?: string | undefined;
  selfLink?: string | undefined;
  uid?: string | undefined;
  resourceVersion: string;
  labels?: Record<string, string> | undefined;
}

/** As Go's encoder orders the fields of an object. */
function frame(type: string, meta: Meta, image = "nginx:1"): Buffer {
  const { name, generateName, namespace, selfLink, uid, resourceVersion, labels } = meta;
  const metadata = { name, generateName, namespace, selfLink, uid, resourceVersion, labels };
  const object = { kind: "Deployment", apiVersion: "apps/v1", metadata, spec: { template: { spec: { containers: [{ image }] } } } };
  return Buffer.from(JSON.stringify({ type, object }));
}

const foreign: Meta = { name: "web", namespace: "shop", uid: "5a1d", resourceVersion: "12" };

describe("a frame", () => {
  test("about a foreign object is passed over, and its version is read", () => {
    expect(createFilter(NEEDLES).watchFrame(frame("MODIFIED", foreign), nobody)).toEqual({ parse: false, resourceVersion: "12" });
  });

  test("that holds a needle is parsed", () => {
    expect(createFilter(NEEDLES).watchFrame(frame("ADDED", foreign, "ghcr.io/fluxcd/source-controller:v1"), nobody)).toEqual({
      parse: true,
    });
  });

  test("about a kept object is parsed without a needle: it may have stopped being ours", () => {
    const keptWeb = (namespace: string, name: string) => namespace === "shop" && name === "web";
    for (const type of ["MODIFIED", "DELETED"]) {
      expect(createFilter(NEEDLES).watchFrame(frame(type, foreign), keptWeb)).toEqual({ parse: true });
      expect(createFilter(NEEDLES).watchFrame(frame(type, { ...foreign, namespace: "other" }), keptWeb)).toMatchObject({ parse: false });
    }
  });

  test.each([
    [
      "a bookmark",
      '{"type":"BOOKMARK","object":{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"","uid":"","resourceVersion":"9"}}}',
    ],
    [
      "an error",
      '{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"Expired","code":410}}',
    ],
    [
      "an event of a type to come",
      '{"type":"PAUSED","object":{"kind":"A","apiVersion":"v1","metadata":{"name":"a","uid":"b","resourceVersion":"9"}}}',
    ],
    [
      "a custom resource, whose fields stand in another order",
      '{"type":"ADDED","object":{"apiVersion":"g/v1","kind":"A","metadata":{"creationTimestamp":"x","name":"a"}}}',
    ],
    [
      "an escaped name",
      '{"type":"ADDED","object":{"kind":"A","apiVersion":"v1","metadata":{"name":"\\u0061","uid":"b","resourceVersion":"9"}}}',
    ],
    ["white space", '{"type": "ADDED","object":{"kind":"A","apiVersion":"v1","metadata":{"name":"a","uid":"b","resourceVersion":"9"}}}'],
    ["no version", '{"type":"ADDED","object":{"kind":"A","apiVersion":"v1","metadata":{"name":"a","uid":"b"}}}'],
    ["a Table", '{"type":"ADDED","object":{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"1"},"rows":[]}}'],
    ["half a line", '{"type":"ADDED","object":{"kind":"A","apiVersion":"v1","metadata":{"name":"a","uid":"b","resour'],
    ["no JSON", "upstream connect error"],
    ["nothing", ""],
  ])("that is %s is parsed", (_, text) => {
    expect(createFilter(NEEDLES).watchFrame(Buffer.from(text), nobody)).toEqual({ parse: true });
  });

  test("is always parsed where no needles are given", () => {
    expect(createFilter(undefined).watchFrame(frame("ADDED", foreign), nobody)).toEqual({ parse: true });
    expect(createFilter(undefined).listItem(Buffer.from("{}"))).toBe(true);
  });

  test("cannot pose as another object by what stands in its labels", () => {
    const labels = { 'x","namespace":"kube-system': '"metadata":{"name":"fluxd","uid":"1","resourceVersion":"99"}' };
    expect(identityOf(frame("ADDED", { ...foreign, labels }))).toEqual({ namespace: "shop", name: "web", resourceVersion: "12" });
  });
});

test("a needle that an encoder could escape is refused", () => {
  expect(() => createFilter(["a<b"])).toThrow('needle "a<b" is not plain; want letters, digits and / . _ : - only');
});

const text = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("web", "shop", "api", "7", "8") },
  { weight: 1, arbitrary: fc.constantFrom("", "flux", "flux-system", 'a"b', "a\\", "fluxcd/flux:1", '"resourceVersion":"3"', "ä") },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);
const meta = fc.record({
  name: text,
  generateName: fc.option(text, { nil: undefined }),
  namespace: fc.option(text, { nil: undefined }),
  selfLink: fc.option(text, { nil: undefined }),
  uid: fc.option(text, { nil: undefined }),
  resourceVersion: text,
  labels: fc.option(fc.dictionary(text, text), { nil: undefined }),
});

test("for each frame that is passed over, a plain parser finds a foreign object without a needle, and the same version", async () => {
  let passedOver = 0;
  await fc.assert(
    fc.property(fc.constantFrom("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"), meta, text, text, (type, facts, image, keptName) => {
      const bytes = frame(type, facts, image);
      const verdict = createFilter(NEEDLES).watchFrame(
        bytes,
        (namespace, name) => namespace === (facts.namespace ?? "") && name === keptName,
      );
      if (verdict.parse) return;
      passedOver += 1;
      const parsed = JSON.parse(bytes.toString());
      expect(["ADDED", "MODIFIED", "DELETED"]).toContain(parsed.type);
      expect(parsed.object.metadata.name).not.toBe(keptName);
      expect(parsed.object.metadata.resourceVersion).toBe(verdict.resourceVersion);
      const whole = JSON.stringify(parsed);
      for (const needle of NEEDLES) expect(whole).not.toContain(needle);
    }),
    { numRuns: 5000 },
  );
  expect(passedOver).toBeGreaterThan(100); // or the property says nothing
});
