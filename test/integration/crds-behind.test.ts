/**
 * CRDs that stayed behind: the order that the status gives is played on the real API server with the published CRDs, which are read in place
 * where they are at hand, and no part of the project.
 * @newest-only: 1.20 refuses the CRDs of Flux 2.6 and later for their rules of CEL
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import * as z from "zod";
import { applyManifests } from "../control-plane/apply.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { conditionOf, eventually, OperatorFixture } from "./operator/operator-fixture.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
const there = existsSync(corpus);
if (!there) console.warn(`SKIPPED: the published manifests are not at ${corpus}; no CRD caught up on a real API server`);
const whereThere = there ? test : test.skip;

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const Crd = z.looseObject({
  kind: z.literal("CustomResourceDefinition"),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    group: z.string(),
    names: z.looseObject({ plural: z.string() }),
    versions: z.array(z.looseObject({ name: z.string(), storage: z.boolean(), served: z.boolean() })),
  }),
});
type Crd = z.output<typeof Crd>;
const Stored = Crd.extend({ status: z.looseObject({ storedVersions: z.array(z.string()) }) });
const Objects = z.object({ items: z.array(z.object({ metadata: z.looseObject({ name: z.string(), namespace: z.string() }) })) });

/** The workloads and the CRDs of a release. */
function partsOf(release: string): { crds: Crd[]; workloads: unknown[] } {
  const folder = `${corpus}gotk-v${release}`;
  const all = readdirSync(folder).flatMap((file) => loadAll(readFileSync(`${folder}/${file}`, "utf8")));
  const workloads = all.filter((object) => z.looseObject({ kind: z.literal("Deployment") }).safeParse(object).success);
  return { crds: all.flatMap((object) => Crd.safeParse(object).data ?? []), workloads };
}
const crdsOf = (release: string) => partsOf(release).crds;

/** Of 2.8 nothing is at hand; it serves what 2.9 does and, of the image kinds alone, v1beta2 beside it (config/gotk-api-versions.json). */
function crdsOf28(): Crd[] {
  const before = crdsOf("2.6.4");
  return crdsOf("2.9.4").map((crd) => {
    if (!crd.spec.group.startsWith("image.")) return crd;
    const beta = before
      .find(({ metadata }) => metadata.name === crd.metadata.name)
      ?.spec.versions.filter(({ name }) => name === "v1beta2")
      .map((version) => ({ ...version, storage: false }));
    return { ...crd, spec: { ...crd.spec, versions: [...crd.spec.versions, ...(beta ?? [])] } };
  });
}

describeOnControlPlane("CRDs that stayed behind their controllers", (get) => {
  const fixture = new OperatorFixture(get);
  const apply = async (objects: readonly unknown[]) =>
    await applyManifests(get(), objects.map((object) => JSON.stringify(object)).join("\n---\n"));

  /** Names of the CRDs that the API server refuses for what they store. */
  async function refusedOf(crds: readonly Crd[]): Promise<string[]> {
    const { refused } = await apply(crds);
    expect(refused.filter(({ why }) => !why.includes("storedVersions"))).toEqual([]);
    return refused.map(({ what }) => /\b([a-z]+)\.[a-z.]*fluxcd\.io/.exec(what)?.[1] ?? what).toSorted();
  }

  /** As `flux migrate` does: an empty patch writes each object anew, then the storage version is all that is stored. */
  async function fluxMigrate(): Promise<void> {
    for (const { metadata } of crdsOf("2.9.4")) {
      const path = `${CRDS}/${metadata.name}`;
      const { spec } = Stored.parse((await get().request("GET", path)).body);
      const storage = spec.versions.find((version) => version.storage)?.name ?? "";
      const root = `/apis/${spec.group}/${storage}`;
      const found = await eventually(
        async () => await get().request("GET", `${root}/${spec.names.plural}`),
        ({ status }) => expect(status).toBe(200),
      );
      for (const { metadata: object } of Objects.parse(found.body).items)
        await fixture.merge(`${root}/namespaces/${object.namespace}/${spec.names.plural}/${object.name}`, {});
      await fixture.merge(`${path}/status`, { status: { storedVersions: [storage] } });
    }
  }

  whereThere(
    "catch up alone in the order that is told, and in no shorter one",
    async () => {
      await fixture.installCrds();
      await fixture.start();
      for (const release of ["2.3.0", "2.6.4"]) expect(await refusedOf(crdsOf(release))).toEqual([]);
      const spec = { image: "ghcr.io/stefanprodan/podinfo", interval: "5m" };
      const podinfo = { apiVersion: "image.toolkit.fluxcd.io/v1beta2", kind: "ImageRepository", metadata: { name: "podinfo" }, spec };
      expect((await apply([podinfo])).refused).toEqual([]);

      const behind = await refusedOf(crdsOf("2.9.4"));
      expect((await apply(partsOf("2.9.4").workloads)).refused).toEqual([]);
      const status = await fixture.statusWhere((found) => {
        expect(found.summary).toMatchObject({ toolkit: "2.9", action: "AlignControllers", blockedBy: "StoredVersions" });
      });
      const { message = "" } = conditionOf(status, "UpgradeBlocked") ?? {};
      expect(message).toContain(`CRDs that stayed behind Flux 2.9: ${behind.join(", ")}.`);
      const order = /Order: (.*)\.$/.exec(message)?.[1]?.split(", ");
      expect(order).toEqual(["flux migrate", "CRDs of 2.8", "flux migrate", "CRDs of 2.9"]);

      const late = (crds: readonly Crd[]) => crds.filter(({ metadata }) => behind.includes(metadata.name.split(".", 1).join()));
      for (const [index, step] of (order ?? []).entries()) {
        // What is left of the way cannot be left out: the CRDs at its end are still refused.
        if (index < 3) expect(await refusedOf(late(crdsOf("2.9.4")))).not.toEqual([]);
        if (step === "flux migrate") await fluxMigrate();
        else expect(await refusedOf(late(step === "CRDs of 2.8" ? crdsOf28() : crdsOf("2.9.4")))).toEqual([]);
      }
      await fixture.statusWhere((found) => {
        expect(found.summary).toMatchObject({ toolkit: "2.9", action: "NoAction", blockedBy: "None" });
      });
      const { body } = await get().request("GET", "/apis/image.toolkit.fluxcd.io/v1/namespaces/flux-system/imagerepositories/podinfo");
      expect(body).toMatchObject({ apiVersion: "image.toolkit.fluxcd.io/v1", spec });
    },
    180_000,
  );
});
