/** Whose code we pass on: a list that somebody reviewed, its licences, and its bill of materials. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Metafile } from "esbuild";
import * as z from "zod";
import { PROJECT } from "../../build/bundle.ts";
import { LICENCES, SBOM } from "../../build/distribution.ts";
import { thirdParties } from "../../build/third-party.ts";
import { VERSION } from "../../src/cli/version.ts";
import { Distribution } from "./program.ts";

/**
 * Every package whose code is in the bundle, and who brings it. Another one is a decision: read its code, its licence and who publishes
 * it, or put a stub in its place (build/absent-modules.ts).
 */
const REVIEWED = [
  "@kubernetes/client-node", // kubeconfigs and their credentials
  "@pinojs/redact", // pino
  "agent-base", // socks-proxy-agent
  "atomic-sleep", // pino
  "colorette", // pino-pretty
  "commander", // command line
  "dateformat", // pino-pretty
  "debug", // socks-proxy-agent
  "end-of-stream", // pump
  "fast-copy", // pino-pretty
  "fast-safe-stringify", // pino-pretty
  "hpagent", // client-node: HTTP proxies
  "ip-address", // socks
  "js-yaml", // data, kubeconfigs
  "ms", // debug
  "oauth4webapi", // openid-client
  "on-exit-leak-free", // pino
  "once", // pump
  "openid-client", // client-node: the auth provider oidc
  "pino", // log
  "pino-abstract-transport", // pino-pretty
  "pino-pretty", // log for readers
  "pino-std-serializers", // pino
  "prom-client", // metrics
  "pump", // pino-pretty
  "quick-format-unescaped", // pino
  "rfc4648", // client-node
  "safe-stable-stringify", // pino
  "secure-json-parse", // pino-pretty
  "semver", // versions
  "smart-buffer", // socks
  "socks", // socks-proxy-agent
  "socks-proxy-agent", // client-node: SOCKS proxies
  "sonic-boom", // pino
  "split2", // pino-pretty
  "wrappy", // once
  "zod", // schemas
];

const Licence = z.array(z.looseObject({ license: z.looseObject({ id: z.string() }) })).length(1);
const Component = z.looseObject({
  name: z.string(),
  version: z.string(),
  purl: z.string(),
  licenses: Licence,
  hashes: z.array(z.looseObject({ alg: z.string(), content: z.string() })),
});
const Bom = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.literal("1.5"),
  metadata: z.looseObject({ component: Component }),
  components: z.array(Component),
  dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

describe("third parties", () => {
  let made: Distribution;
  let bom: z.infer<typeof Bom>;
  let licences: string;
  beforeAll(async () => {
    made = await Distribution.build();
    bom = Bom.parse(JSON.parse(await readFile(join(made.folder, SBOM), "utf8")));
    licences = await readFile(join(made.folder, LICENCES), "utf8");
  }, 60_000);
  afterAll(() => made.remove());

  test("are those that were reviewed, and no others", () => {
    expect([...new Set(bom.components.map(({ name }) => name))]).toEqual(REVIEWED);
  });

  test("stand in the bill of materials with licence, origin and hash, and each is used by another or by us", () => {
    const used = new Set(bom.dependencies.flatMap(({ dependsOn }) => dependsOn));
    for (const { name, version, purl, licenses, hashes } of bom.components) {
      expect(purl).toBe(`pkg:npm/${name.replace("@", "%40")}@${version}`);
      expect([name, ["MIT", "ISC", "Apache-2.0", "BSD-3-Clause"].includes(licenses[0]?.license.id ?? "")]).toEqual([name, true]);
      expect([name, hashes]).toEqual([name, [{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]]);
      expect([name, used.has(purl)]).toEqual([name, true]);
    }
    expect(bom.dependencies.map(({ ref }) => ref)).toEqual([bom.metadata.component.purl, ...bom.components.map(({ purl }) => purl)]);
  });

  test("are those of this very file", async () => {
    const sha256 = createHash("sha256")
      .update(await readFile(made.bundle))
      .digest("hex");
    expect(bom.metadata.component).toMatchObject({ version: VERSION, hashes: [{ alg: "SHA-256", content: sha256 }] });
  });

  test("have their licence texts in the file that goes with the bundle", async () => {
    for (const { name, version, licenses } of bom.components)
      expect(licences).toContain(`\n${name} ${version} (${licenses[0]?.license.id})\n\n`);
    const zod = await readFile(join(PROJECT, "node_modules/zod/LICENSE"), "utf8");
    expect(licences).toContain(zod.trim());
    expect(licences.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(20);
  });
});

describe("a package in the bundle", () => {
  let project: string;
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "packages-"));
    for (const name of ["bare", "notice-only", "licensed"]) {
      await mkdir(join(project, "node_modules", name), { recursive: true });
      await writeFile(join(project, "node_modules", name, "package.json"), JSON.stringify({ name, version: "1.0.0", license: "MIT" }));
    }
    await writeFile(join(project, "node_modules/notice-only/NOTICE"), "of somebody");
    await writeFile(join(project, "node_modules/licensed/LICENCE.md"), "do as you like");
    await writeFile(join(project, "node_modules/licensed/NOTICE"), "of somebody");
  });
  afterAll(() => rm(project, { recursive: true }));

  const holding = (name: string, bytesInOutput = 1): Metafile => {
    const path = `node_modules/${name}/index.js`;
    const output = { bytes: 1, inputs: { [path]: { bytesInOutput } }, imports: [], exports: [] };
    return { inputs: { [path]: { bytes: 1, imports: [] } }, outputs: { "flux-migration.mjs": output } };
  };

  test.each(["bare", "notice-only"])("that is %s may not be passed on: the build ends", (name) => {
    expect(() => thirdParties(holding(name), project)).toThrow(`node_modules/${name} is in the bundle and has no licence text`);
  });

  test("brings its licence and its notice", () => {
    expect(thirdParties(holding("licensed"), project)).toMatchObject([{ name: "licensed", texts: ["do as you like", "of somebody"] }]);
  });

  test("counts only where code of it was taken", () => {
    expect(thirdParties(holding("bare", 0), project)).toEqual([]);
  });
});
