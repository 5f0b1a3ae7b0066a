/** Runs detection over the published install manifests, where they are at hand. They are read in place, and no part of the project. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import * as z from "zod";
import { detectWorkload } from "../../src/detect/component.ts";
import { type CrdFacts, readCrd } from "../../src/detect/crd.ts";
import { readNamespace } from "../../src/detect/namespace.ts";
import { catalogue, managers, told } from "../unit/detect/workload-builder.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
const there = existsSync(corpus);
if (!there) console.warn(`SKIPPED: the published manifests are not at ${corpus}; detection was not checked against any real install`);

const Manifest = z.looseObject({ kind: z.string() });
const WorkloadKind = z.enum(["Deployment", "StatefulSet", "DaemonSet"]);

const manifests = (install: string) =>
  readdirSync(`${corpus}${install}`)
    .filter((file) => file !== "kustomization.yaml")
    .flatMap((file) => loadAll(readFileSync(`${corpus}${install}/${file}`, "utf8")))
    .filter((document) => document !== null && document !== undefined)
    .map((document) => Manifest.parse(document));

/** One line a component, and one for each workload that is none. */
function components(install: string): string[] {
  return manifests(install).flatMap((manifest) => {
    const kind = WorkloadKind.safeParse(manifest.kind);
    if (!kind.success) return [];
    const reading = detectWorkload(manifest, kind.data, catalogue, managers);
    if (reading.at === "Malformed") return [`malformed: ${reading.problem.field}`];
    return reading.components.length > 0 ? reading.components.map(told) : [`not Flux: ${JSON.stringify(manifest.metadata)}`];
  });
}

function crds(install: string): CrdFacts[] {
  return manifests(install)
    .filter(({ kind }) => kind === "CustomResourceDefinition")
    .map((manifest) => {
      const reading = readCrd(manifest, catalogue);
      if (reading.at === "Read") return reading.crd;
      throw new Error(`${install}: ${JSON.stringify(reading)}`);
    });
}

const versions = (install: string) => crds(install).map(({ name, served, storage }) => `${name} ${served} storage ${storage}`);

(there ? describe : describe.skip)("published installs", () => {
  test("fluxd 1.25.4, and its memcached, which is not Flux", () => {
    expect(components("flux1-fluxd-1.25.4")).toEqual([
      "fluxd 1.25.4 (Tag) in flux/flux Deployment 0/1 ImageAutomation,SyncRepository",
      'not Flux: {"name":"memcached","namespace":"flux"}',
    ]);
    expect(crds("flux1-fluxd-1.25.4")).toEqual([]);
  });

  test("Helm Operator, two editions", () => {
    expect(components("helm-operator").toSorted()).toEqual([
      "helm-operator 1.4.0 (Tag) in weave/helm-operator Deployment 0/1",
      "helm-operator 1.4.4 (Tag) in flux/helm-operator Deployment 0/1",
    ]);
    expect(crds("helm-operator")).toEqual([
      {
        name: "helmreleases.helm.fluxcd.io",
        group: "helm.fluxcd.io",
        kind: "HelmRelease",
        plural: "helmreleases",
        scope: "Namespaced",
        track: "Flux1",
        served: ["v1"],
        storage: "v1",
        stored: [],
        established: false,
      },
    ]);
  });

  test("namespaces", () => {
    const names = ["flux1-fluxd-1.25.4", "helm-operator"].flatMap((install) =>
      manifests(install)
        .filter(({ kind }) => kind === "Namespace")
        .map((manifest) => readNamespace(manifest)),
    );
    expect(names.map((reading) => reading.at === "Read" && reading.namespace.name)).toEqual(["flux", "flux"]);
  });

  test.each([
    [
      "gotk-v2.3.0",
      ["helm 1.0.1", "image-automation 0.38.0", "image-reflector 0.32.0", "kustomize 1.3.0", "notification 1.3.0", "source 1.3.0"],
      [],
    ],
    [
      "gotk-v2.6.4",
      ["helm 1.3.0", "image-automation 0.41.2", "image-reflector 0.35.2", "kustomize 1.6.1", "notification 1.6.0", "source 1.6.2"],
      [],
    ],
    [
      "gotk-v2.9.4",
      ["helm 1.6.3", "image-automation 1.2.4", "image-reflector 1.2.4", "kustomize 1.9.4", "notification 1.9.3", "source 1.9.4"],
      ["source-watcher 2.2.3"],
    ],
  ])("toolkit of %s", (install, controllers, others) => {
    const line = (name: string, version: string) => `${name} ${version} (Tag) in default/${name} Deployment 0/1`;
    const expected = [...controllers.map((text) => text.replace(" ", "-controller ")), ...others].map((text) => {
      const [name = "", version = ""] = text.split(" ");
      return line(name, version);
    });
    expect(components(install).toSorted()).toEqual(expected.toSorted());
  });

  test("the CRDs of 2.3.0", () => {
    expect(versions("gotk-v2.3.0")).toEqual([
      "helmreleases.helm.toolkit.fluxcd.io v2,v2beta1,v2beta2 storage v2",
      "imageupdateautomations.image.toolkit.fluxcd.io v1beta1,v1beta2 storage v1beta2",
      "imagepolicies.image.toolkit.fluxcd.io v1beta1,v1beta2 storage v1beta2",
      "imagerepositories.image.toolkit.fluxcd.io v1beta1,v1beta2 storage v1beta2",
      "kustomizations.kustomize.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "alerts.notification.toolkit.fluxcd.io v1beta1,v1beta2,v1beta3 storage v1beta3",
      "providers.notification.toolkit.fluxcd.io v1beta1,v1beta2,v1beta3 storage v1beta3",
      "receivers.notification.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "buckets.source.toolkit.fluxcd.io v1beta1,v1beta2 storage v1beta2",
      "gitrepositories.source.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "helmcharts.source.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "helmrepositories.source.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "ocirepositories.source.toolkit.fluxcd.io v1beta2 storage v1beta2",
    ]);
  });

  test("the CRDs of 2.6.4", () => {
    expect(versions("gotk-v2.6.4")).toEqual([
      "helmreleases.helm.toolkit.fluxcd.io v2,v2beta1,v2beta2 storage v2",
      "imageupdateautomations.image.toolkit.fluxcd.io v1beta1,v1beta2 storage v1beta2",
      "imagepolicies.image.toolkit.fluxcd.io v1beta1,v1beta2 storage v1beta2",
      "imagerepositories.image.toolkit.fluxcd.io v1beta1,v1beta2 storage v1beta2",
      "kustomizations.kustomize.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "alerts.notification.toolkit.fluxcd.io v1beta1,v1beta2,v1beta3 storage v1beta3",
      "providers.notification.toolkit.fluxcd.io v1beta1,v1beta2,v1beta3 storage v1beta3",
      "receivers.notification.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "buckets.source.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "gitrepositories.source.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "helmcharts.source.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "helmrepositories.source.toolkit.fluxcd.io v1,v1beta1,v1beta2 storage v1",
      "ocirepositories.source.toolkit.fluxcd.io v1,v1beta2 storage v1",
    ]);
  });

  test("the CRDs of 2.9.4", () => {
    expect(versions("gotk-v2.9.4")).toEqual([
      "helmreleases.helm.toolkit.fluxcd.io v2 storage v2",
      "imageupdateautomations.image.toolkit.fluxcd.io v1 storage v1",
      "imagepolicies.image.toolkit.fluxcd.io v1 storage v1",
      "imagerepositories.image.toolkit.fluxcd.io v1 storage v1",
      "kustomizations.kustomize.toolkit.fluxcd.io v1 storage v1",
      "alerts.notification.toolkit.fluxcd.io v1beta3 storage v1beta3",
      "providers.notification.toolkit.fluxcd.io v1beta3 storage v1beta3",
      "receivers.notification.toolkit.fluxcd.io v1 storage v1",
      "buckets.source.toolkit.fluxcd.io v1 storage v1",
      "externalartifacts.source.toolkit.fluxcd.io v1 storage v1",
      "gitrepositories.source.toolkit.fluxcd.io v1 storage v1",
      "helmcharts.source.toolkit.fluxcd.io v1 storage v1",
      "helmrepositories.source.toolkit.fluxcd.io v1 storage v1",
      "ocirepositories.source.toolkit.fluxcd.io v1 storage v1",
      "artifactgenerators.source.extensions.fluxcd.io v1beta1 storage v1beta1",
    ]);
  });

  test.each(["gotk-v2.3.0", "gotk-v2.6.4", "gotk-v2.9.4"])("every CRD of %s is the toolkit's, in a namespace", (install) => {
    for (const { track, scope, name, plural, group } of crds(install))
      expect([track, scope, name]).toEqual(["GitOpsToolkit", "Namespaced", `${plural}.${group}`]);
  });
});
