import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareVersions, readCrd } from "../../../src/detect/crd.ts";
import { catalogue } from "./workload-builder.ts";

/** versions: `v1 served storage`, in any order. */
function crd(name: string, versions: string[], more: { stored?: string[]; labels?: Record<string, string>; established?: boolean } = {}) {
  const [plural = "", ...group] = name.split(".");
  return {
    metadata: { name, ...(more.labels ? { labels: more.labels } : {}) },
    spec: {
      group: group.join("."),
      names: { kind: "Kind", plural },
      scope: "Namespaced",
      versions: versions.map((version) => ({
        name: version.split(" ")[0],
        served: version.includes("served"),
        storage: version.includes("storage"),
      })),
    },
    ...(more.stored
      ? {
          status: {
            storedVersions: more.stored,
            conditions: [{ type: "Established", status: more.established === false ? "False" : "True" }],
          },
        }
      : {}),
  };
}

function told(input: unknown): string {
  const reading = readCrd(input, catalogue);
  if (reading.at === "NotFlux") return "not Flux";
  if (reading.at === "Malformed") return `${reading.problem.field} is ${reading.problem.found}; want ${reading.problem.want}`;
  const { name, track, release, served, storage, stored, established } = reading.crd;
  return `${name} ${track} ${release ?? "-"} served ${served} storage ${storage} stored ${stored} ${established ? "established" : "not established"}`;
}

describe("CRDs of Flux", () => {
  test("a toolkit's", () =>
    expect(
      told(
        crd("imagepolicies.image.toolkit.fluxcd.io", ["v1beta2 served storage", "v1 served", "v1beta1 served"], {
          stored: ["v1beta2", "v1beta1"],
          labels: { "app.kubernetes.io/version": "v2.6.4" },
        }),
      ),
    ).toBe(
      "imagepolicies.image.toolkit.fluxcd.io GitOpsToolkit v2.6.4 served v1,v1beta1,v1beta2 storage v1beta2 stored v1beta1,v1beta2 established",
    ));
  test("source-watcher's, from a file", () =>
    expect(told(crd("artifactgenerators.source.extensions.fluxcd.io", ["v1beta1 served storage"]))).toBe(
      "artifactgenerators.source.extensions.fluxcd.io GitOpsToolkit - served v1beta1 storage v1beta1 stored  not established",
    ));
  test.each(["helmreleases.helm.fluxcd.io", "helmreleases.flux.weave.works", "fluxhelmreleases.helm.integrations.flux.weave.works"])(
    "%s",
    (name) =>
      expect(told(crd(name, ["v1 served storage"], { stored: ["v1"], established: false }))).toBe(
        `${name} Flux1 - served v1 storage v1 stored v1 not established`,
      ),
  );
  test("one of apiextensions v1beta1, which names no list", () => {
    const { versions, ...spec } = crd("helmreleases.flux.weave.works", []).spec;
    expect(told({ metadata: { name: "helmreleases.flux.weave.works" }, spec: { ...spec, version: "v1beta1" } })).toBe(
      "helmreleases.flux.weave.works Flux1 - served v1beta1 storage v1beta1 stored  not established",
    );
    expect(versions).toEqual([]);
  });
});

describe("CRDs of others, whatever their shape", () => {
  test.each([
    "fluxinstances.fluxcd.controlplane.io",
    "canaries.flagger.app",
    "toolkit.fluxcd.io",
    "foos.x.toolkit.fluxcd.io",
    "things.toolkit.fluxcd.io.example.com",
    "things..toolkit.fluxcd.io",
    "things.nottoolkit.fluxcd.io",
    "things.fluxcd.io",
    "others.helm.fluxcd.io",
    "helmreleases.helm.fluxcd.io.evil",
  ])("%s", (name) => expect(told({ metadata: { name }, spec: 5 })).toBe("not Flux"));
});

describe("malformed CRDs of Flux", () => {
  const name = "buckets.source.toolkit.fluxcd.io";
  const good = crd(name, ["v1 served storage"]);
  test.each<[string, unknown, string]>([
    ["nothing", undefined, " is nothing; want an object"],
    ["no name", { metadata: {} }, "metadata.name is nothing; want a string"],
    ["no spec", { metadata: { name } }, "spec is nothing; want an object"],
    ["no version", crd(name, []), "spec.versions is nothing; want a version with storage: true"],
    ["no storage version", crd(name, ["v1 served"]), "spec.versions is no version with storage: true; want a version with storage: true"],
    ["another scope", { ...good, spec: { ...good.spec, scope: "Galaxy" } }, 'spec.scope is "Galaxy"; want Namespaced or Cluster'],
    ["a version of another type", { ...good, status: { storedVersions: [1] } }, "status.storedVersions[0] is 1; want a string"],
  ])("%s", (_, input, problem) => expect(told(input)).toBe(problem));

  test("any value is read without an error thrown", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (spec, status) =>
        expect(readCrd({ metadata: { name }, spec, status }, catalogue).at).toBe("Malformed"),
      ),
    );
    fc.assert(fc.property(fc.anything(), (input) => expect(readCrd(input, catalogue).at).toMatch(/Malformed|NotFlux/)));
  });

  test("text that escapes is made visible", () =>
    expect(told(crd(name, ["v1\u001b[2J served storage"]))).toBe(
      `${name} GitOpsToolkit - served v1\\u001b[2J storage v1\\u001b[2J stored  not established`,
    ));
});

test("versions stand by stability, then ascending", () => {
  const ordered = ["v1", "v2", "v10", "v1beta1", "v1beta2", "v2beta1", "v1alpha1", "foo10", "v1gamma1"];
  fc.assert(
    fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (shuffled) =>
      expect(shuffled.toSorted(compareVersions)).toEqual(ordered),
    ),
  );
});
