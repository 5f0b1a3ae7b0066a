/** The files of a release: complete, pinned to the image that was signed, and the same twice. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import * as z from "zod";
import { archiveName, PLATFORMS } from "../../build/executables/platforms.ts";
import { IMAGE, NotPinned, releaseFiles } from "../../build/release.ts";
import { VERSION } from "../../src/cli/version.ts";
import { Distribution } from "./program.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

const ARCHIVES = PLATFORMS.map((platform) => archiveName(platform, VERSION)).toSorted();

const Deployment = z.looseObject({
  kind: z.literal("Deployment"),
  spec: z.looseObject({ template: z.looseObject({ spec: z.looseObject({ containers: z.array(z.looseObject({ image: z.string() })) }) }) }),
});

let folder: string;
let made: Distribution;
beforeAll(async () => {
  made = await Distribution.build();
  folder = await mkdtemp(join(tmpdir(), "release-"));
  // Files of these names will do: what is in them test/build/executables.test.ts looks at.
  await mkdir(join(made.folder, "executables"));
  for (const name of ARCHIVES) await writeFile(join(made.folder, "executables", name), name);
  await releaseFiles(DIGEST, { folder, dist: made.folder });
}, 60_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await made.remove();
});

test("it holds what people install, verify and pass on", async () => {
  expect((await readdir(join(folder, "files"))).toSorted()).toEqual([
    "THIRD-PARTY-LICENSES.txt",
    "checksums.txt",
    "crd-schemas.tar.gz",
    "crds-legacy.yaml",
    "crds.yaml",
    "flux-migration.cdx.json",
    "flux-migration.mjs",
    "flux-migration.mjs.LEGAL.txt",
    "flux-migration.yaml",
    ...ARCHIVES,
    "install-legacy.yaml",
    "install.yaml",
    "migration.yaml",
  ]);
});

test.each(["install.yaml", "install-legacy.yaml"])("%s installs the image by its digest, and no other", async (name) => {
  const documents = loadAll(await readFile(join(folder, "files", name), "utf8"));
  const images = documents.flatMap((document) => {
    const deployment = Deployment.safeParse(document);
    return deployment.success ? deployment.data.spec.template.spec.containers.map(({ image }) => image) : [];
  });
  expect(images).toEqual([`${IMAGE}:${VERSION}@${DIGEST}`]);
});

test("the chart does so too", async () => {
  const [chart] = loadAll(await readFile(join(folder, "chart/Chart.yaml"), "utf8"));
  expect(chart).toMatchObject({ annotations: { "flux-migration.dev/image-digest": DIGEST } });
  // Those of the chart before are taken by `helm upgrade --reuse-values`.
  expect(await readFile(join(folder, "chart/values.yaml"), "utf8")).toBe(await readFile("deploy/chart/values.yaml", "utf8"));
});

test("it does not go out without a platform", async () => {
  const missing = join(made.folder, "executables", `flux-migration_${VERSION}_windows_arm64.zip`);
  await rm(missing);
  try {
    await expect(releaseFiles(DIGEST, { folder: join(folder, "partial"), dist: made.folder })).rejects.toThrow(missing);
  } finally {
    await writeFile(missing, "");
  }
});

test("the checksums are those of all other files", async () => {
  const files = join(folder, "files");
  const told = execFileSync("sha256sum", ["--check", "--strict", "checksums.txt"], { cwd: files, encoding: "utf8" });
  expect(told.trim().split("\n")).toEqual(
    (await readdir(files))
      .filter((name) => name !== "checksums.txt")
      .toSorted()
      .map((name) => `${name}: OK`),
  );
});

test("the archive holds the schemas, and is the same twice", async () => {
  const again = join(folder, "again");
  await releaseFiles(DIGEST, { folder: again, dist: made.folder });
  const [one, other] = await Promise.all([folder, again].map((place) => readFile(join(place, "files/crd-schemas.tar.gz"))));
  expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
  const listed = execFileSync("tar", ["--list", "--file", join(folder, "files/crd-schemas.tar.gz")], { encoding: "utf8" });
  expect(listed).toContain("./migrationstatus_v1alpha1.json\n");
});

test.each(["", "latest", `sha256:${"0".repeat(63)}`])("the digest %j is refused: nothing goes out unpinned", async (digest) => {
  await expect(releaseFiles(digest, { folder: join(folder, "none"), dist: made.folder })).rejects.toThrow(NotPinned);
  expect(await readdir(folder)).not.toContain("none");
});
