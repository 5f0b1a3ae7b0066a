/**
 * The manifests of a plan, judged by the published CRDs of the toolkit on a real API server: server-side dry run with strict validation, for the
 * newest Flux 2 and for older ones. The CRDs are read in place where they are at hand, and no part of the project.
 * @newest-only: 1.20 refuses the CRDs of every Flux 2 that a plan is for
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { load, loadAll } from "js-yaml";
import * as z from "zod";
import { GENERATED_KINDS } from "../../../src/plan/target.ts";
import { planFiles } from "../../../src/planning/plan-files.ts";
import { applyManifests } from "../../control-plane/apply.ts";
import { pathOf, resourceOf } from "../../control-plane/discovery.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { planned } from "../../unit/plan/plan-builder.ts";
import { FLUX1, VALUES } from "./flux1.ts";

const corpus = fileURLToPath(new URL("../../../../shared/corpus/", import.meta.url));
const there = existsSync(corpus);
if (!there) console.warn(`SKIPPED: the published manifests are not at ${corpus}; no plan was judged by the toolkit's own CRDs`);
const whereThere = there ? test : test.skip;

const Manifest = z.looseObject({ kind: z.string() });
const Planned = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({}),
});
type Planned = z.output<typeof Planned>;

/** As a later `kubectl apply` reads them. */
const manifestsFor = (fluxVersion: string): Planned[] =>
  planFiles(planned(FLUX1, { fluxVersion }), "2026-08-07")
    .filter(({ name }) => name.endsWith(".yaml"))
    .map(({ text }) => Planned.parse(load(text)));

// One control plane takes CRDs that follow each other; 2.9 has dropped versions that 2.6 stores, and needs its own.
describeOnControlPlane("plans and the CRDs of Flux 2.3 and 2.6", (get) => suite(get, ["2.3.0", "2.6.4"]), { auditLog: false });
describeOnControlPlane("plans and the CRDs of Flux 2.9", (get) => suite(get, ["2.9.4"]), { auditLog: false });

function suite(get: Parameters<Parameters<typeof describeOnControlPlane>[1]>[0], releases: readonly string[]): void {
  async function dryRun({ apiVersion, kind, metadata, spec }: Planned, strange: Record<string, unknown> = {}) {
    const resource = await resourceOf(get(), apiVersion, kind);
    if (resource === undefined) return { status: 404, body: `no ${kind} in ${apiVersion}` };
    const query = "dryRun=All&fieldValidation=Strict&fieldManager=plan&force=true";
    const path = `${pathOf(apiVersion, resource, metadata.namespace, metadata.name)}?${query}`;
    return await get().request(
      "PATCH",
      path,
      { apiVersion, kind, metadata, spec: { ...spec, ...strange } },
      "application/apply-patch+yaml",
    );
  }

  for (const release of releases) {
    whereThere(`each manifest for ${release} is taken as it is`, async () => {
      const folder = `${corpus}gotk-v${release}`;
      const all = readdirSync(folder).flatMap((file) => loadAll(readFileSync(`${folder}/${file}`, "utf8")));
      const crds = all.filter((object) => Manifest.safeParse(object).data?.kind === "CustomResourceDefinition");
      const namespaces = ["flux-system", "shop"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
      const { refused } = await applyManifests(get(), [...namespaces, ...crds].map((object) => JSON.stringify(object)).join("\n---\n"));
      expect(refused).toEqual([]);

      const manifests = manifestsFor(release);
      expect([...new Set(manifests.map(({ kind }) => kind))].sort()).toEqual([...GENERATED_KINDS].sort());
      for (const manifest of manifests) {
        const { status, body } = await dryRun(manifest);
        const name = `${manifest.kind} ${manifest.metadata.name}`;
        if (status !== 200 && status !== 201) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
        // What a schema prunes would be lost without a word.
        expect(body).toMatchObject({ spec: manifest.spec });
      }
      const cart = manifests.find(({ kind, metadata }) => kind === "HelmRelease" && metadata.name === "cart");
      expect(cart?.spec.values).toEqual(VALUES);
      if (cart) expect((await dryRun(cart, { noSuchField: 1 })).status).toBeGreaterThanOrEqual(400);
    });
  }
}
