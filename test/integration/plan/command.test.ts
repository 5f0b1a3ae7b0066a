/** `flux-migration plan` as a person runs it: on a cluster in each state that it tells apart, with few rights, and from files. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { load, loadAll } from "js-yaml";
import { applyManifests } from "../../control-plane/apply.ts";
import { describeOnControlPlane, kubernetes } from "../../control-plane/suite.ts";
import { deployment } from "../../unit/detect/workload-builder.ts";
import { crdManifest, manifest } from "../operator/manifests.ts";
import { eventually } from "../operator/operator-fixture.ts";
import { useProgram } from "../program.ts";
import { FLUX1, RELEASES } from "./flux1.ts";

const CRD = crdManifest("helmreleases.helm.fluxcd.io", "HelmRelease");
const yaml = (objects: readonly object[]) => objects.map((object) => JSON.stringify(object)).join("\n---\n");
const NOW = ["--at", "2026-11-23"];

const folder = mkdtempSync(join(tmpdir(), "plan-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const contents = (name: string) =>
  Object.fromEntries(readdirSync(join(folder, name)).map((file) => [file, readFileSync(join(folder, name, file), "utf8")]));
/** A server keeps no order of keys. */
const meaning = (name: string) =>
  Object.entries(contents(name)).map(([file, text]) => [file, file.endsWith(".yaml") ? load(text) : text.split("\n").toSorted()]);

describe("from files", () => {
  const program = useProgram();
  const run = (...args: string[]) => program.run(["plan", ...NOW, ...args]);

  test("a broken document costs no other, is named with its line, and ends in 3", async () => {
    writeFileSync(join(folder, "flux.yaml"), `${yaml(FLUX1)}\n---\nkind: [\n`);
    const { code, out } = await run(join(folder, "flux.yaml"), "--dir", join(folder, "from-broken"));
    expect(out).toMatch(/Not read: \S*flux\.yaml:\d+: /);
    expect(Object.keys(contents("from-broken"))).toContain("40-helmrelease-shop-cart.yaml");
    expect(code).toBe(3);
  });

  test("to the standard output, as one stream that kubectl takes", async () => {
    writeFileSync(join(folder, "whole.yaml"), yaml(FLUX1));
    const { code, out, err } = await run(join(folder, "whole.yaml"), "--dir", "-", "--flux-version", "2.6");
    expect(code).toBe(0);
    expect(err).toContain("Target: Flux 2.6.");
    expect(loadAll(out).filter(Boolean)).toHaveLength(err.match(/\.yaml/g)?.length ?? 0);
    expect(out.startsWith("# # From Flux 1 to Flux 2")).toBe(true);
  });

  test("what is there is never replaced without --force: 2, and nothing written", async () => {
    const target = join(folder, "mine");
    mkdirSync(target);
    writeFileSync(join(target, "README.md"), "mine");
    const refused = await run(join(folder, "whole.yaml"), "--dir", target);
    expect([refused.code, contents("mine")]).toEqual([2, { "README.md": "mine" }]);
    expect(refused.err).toContain("README.md is there already; name another folder, or replace them with --force");
    expect((await run(join(folder, "whole.yaml"), "--dir", target, "--force")).code).toBe(0);
    expect(contents("mine")["README.md"]).toMatch(/^# From Flux 1 to Flux 2\n/);
  });

  test.each([
    ['--flux-version is "1.0"; want one of 2.3,', ["--flux-version", "1.0"]],
    ["no such file or folder", ["no-such-file.yaml"]],
    ['--toolkit-namespace is "a/b"', ["--toolkit-namespace", "a/b"]],
  ])("a mistake ends in 2: %s", async (said, args) => {
    const { code, err } = await run(join(folder, "whole.yaml"), ...args);
    expect(err).toContain(said);
    expect(code).toBe(2);
  });
});

describeOnControlPlane("flux-migration plan on a cluster", (get) => {
  const program = useProgram();
  const run = (...args: string[]) =>
    program.run(["plan", ...NOW, "--kubeconfig", get().kubeconfig, "--cluster-name", "prod-eu-1", ...args]);
  const apply = async (objects: readonly object[]) =>
    expect((await applyManifests(get(), yaml(objects.map(manifest)))).refused).toEqual([]);

  beforeAll(async () => {
    await apply([CRD]);
  });

  test("no Flux 1: nothing to plan, 0, and no folder", async () => {
    const { code, out } = await run("--dir", join(folder, "none"));
    expect([code, out]).toEqual([0, "No Flux 1 in prod-eu-1: nothing to plan, nothing written.\n"]);
    expect(readdirSync(folder)).not.toContain("none");
  });

  test("who may not look is told, and not that there is no Flux 1: 3", async () => {
    const kubeconfig = await get().kubeconfigFor("nobody");
    const { code, out } = await program.run(["plan", ...NOW, "--kubeconfig", kubeconfig, "--cluster-name", "prod-eu-1"]);
    expect(out).toContain("daemonsets.apps: list is forbidden (403)");
    expect(out).toContain("Cannot say that there is no Flux 1 in prod-eu-1.");
    expect(code).toBe(3);
  });

  test("HelmReleases without a controller: told, and translated with --leftovers", async () => {
    await apply(RELEASES);
    const { code, out } = await run("--dir", join(folder, "none"));
    expect(out).toBe(
      "No Flux 1 workload in prod-eu-1; 4 HelmReleases v1 are left without a controller: --leftovers translates them. Nothing written.\n",
    );
    expect(code).toBe(0);
    // None says which Helm it is of, and no operator tells: Helm 2 is the default.
    expect((await run("--leftovers")).out).toContain("shop/cart (helm.fluxcd.io/v1), spec.helmVersion: absent");
  });

  test("the cluster and its manifests in files give the same plan", async () => {
    await apply(FLUX1);
    const live = await run("--dir", join(folder, "live"));
    const offline = await program.run(["plan", ...NOW, join(folder, "whole.yaml"), "--dir", join(folder, "offline")]);
    expect([live.code, offline.code]).toEqual([0, 0]);
    expect(live.out).toContain("prod-eu-1, Kubernetes v1.");
    // Files say nothing of the Kubernetes that has to be upgraded first.
    if (kubernetes === "Newest") expect(meaning("live")).toEqual(meaning("offline"));
    else expect(contents("live")["README.md"]).toContain("## 1. Upgrade what stands in the way");
  });

  test("it asked for lists alone, and for no Secret", async () => {
    const asked = await eventually(
      async () => (await get().audit()).filter(({ userAgent }) => userAgent.startsWith("flux-migration")),
      (events) => expect(events.length).toBeGreaterThan(20),
    );
    expect([...new Set(asked.map(({ verb }) => verb))].sort()).toEqual(["get", "list"]);
    expect(
      asked
        .filter(({ verb }) => verb === "get")
        .map(({ uri }) => uri)
        .every((uri) => uri === "/version"),
    ).toBe(true);
    const resources = new Set(asked.map(({ resource }) => resource));
    for (const never of ["secrets", "configmaps", "pods", "serviceaccounts"]) expect(resources.has(never)).toBe(false);
  });

  test("a toolkit out of support is upgraded first; its objects keep their names", async () => {
    const controller = (name: string, image: string) => ({
      ...deployment("flux-system", name, { image: `ghcr.io/fluxcd/${name}:${image}`, labels: { "app.kubernetes.io/part-of": "flux" } }),
    });
    await apply([controller("source-controller", "v1.6.2"), controller("kustomize-controller", "v1.6.1")]);
    const repository = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "fleet", namespace: "flux-system" },
    };
    await apply([
      crdManifest("gitrepositories.source.toolkit.fluxcd.io", "GitRepository"),
      crdManifest("helmreleases.helm.toolkit.fluxcd.io", "HelmRelease", "v2"),
      repository,
    ]);
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain("10-gitrepository-flux-system-fleet-2.yaml");
    expect(out).toContain("Target: Flux 2.9 (newest as of 2026-08-07).");
    expect(out).toContain("The toolkit in flux-system is 2.6: step 1 upgrades it (2.9). For what runs now: --flux-version 2.6");
    expect((await run("--flux-version", "2.6")).out).toContain("Target: Flux 2.6.");
  });
});
