/**
 * The bill of materials of the bundle, as CycloneDX 1.5. Made from what esbuild took, not by `npm sbom --omit dev`: that lists what is
 * installed (twice as many packages), and leaves out what a development dependency uses as well (semver).
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import manifest from "../package.json" with { type: "json" };
import { PROJECT } from "./bundle.ts";
import type { ThirdParty } from "./third-party.ts";

const Lock = z.looseObject({ packages: z.record(z.string(), z.looseObject({ integrity: z.string().optional() })) });

/**
 * @param bundle the file that it is about
 * @param used folders of the packages that our own code imports
 */
export function billOfMaterials(bundle: string, parties: readonly ThirdParty[], used: readonly string[]): string {
  const lock = Lock.parse(JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8")));
  const refs = new Map(parties.map((party) => [party.folder, purlOf(party)]));
  const refsOf = (folders: readonly string[]) => folders.flatMap((folder) => refs.get(folder) ?? []).toSorted();
  const described = (type: string, party: Pick<ThirdParty, "name" | "version" | "license">) => ({
    type,
    "bom-ref": purlOf(party),
    name: party.name,
    version: party.version,
    purl: purlOf(party),
    licenses: [{ license: { id: party.license } }],
  });
  const sha256 = createHash("sha256").update(readFileSync(bundle)).digest("hex");
  const bom = {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      lifecycles: [{ phase: "build" }],
      component: {
        ...described("application", manifest),
        description: manifest.description,
        hashes: [{ alg: "SHA-256", content: sha256 }],
      },
    },
    components: parties.map((party) => ({ ...described("library", party), hashes: hashesOf(lock.packages[party.folder]?.integrity) })),
    dependencies: [
      { ref: purlOf(manifest), dependsOn: refsOf(used) },
      ...parties.map((party) => ({ ref: purlOf(party), dependsOn: refsOf(party.uses) })),
    ],
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

/** https://github.com/package-url/purl-spec, type npm. */
function purlOf({ name, version }: { name: string; version: string }): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** Of the archive that npm downloaded: `sha512-<base64>`. */
function hashesOf(integrity: string | undefined): { alg: string; content: string }[] {
  const [, digest] = /^sha512-(\S+)$/.exec(integrity ?? "") ?? [];
  return digest === undefined ? [] : [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }];
}
