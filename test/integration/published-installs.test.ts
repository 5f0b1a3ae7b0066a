/** The published install manifests, applied to the real API server, where they are at hand. They are read in place, and no part of the project. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { applyManifests } from "../control-plane/apply.ts";
import { describeOnControlPlane, kubernetes } from "../control-plane/suite.ts";
import { conditionOf, eventually, OperatorFixture, rowOf } from "./operator/operator-fixture.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
const there = existsSync(corpus);
if (!there) console.warn(`SKIPPED: the published manifests are not at ${corpus}; none was applied to a real API server`);
const whereThere = there ? test : test.skip;

describeOnControlPlane("published installs", (get) => {
  const fixture = new OperatorFixture(get);

  function manifestsOf(name: string): string {
    const folder = `${corpus}${name}`;
    const files = readdirSync(folder).filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml");
    return files.map((file) => readFileSync(`${folder}/${file}`, "utf8")).join("\n---\n");
  }

  const install = (name: string) => applyManifests(get(), manifestsOf(name));

  /** All is taken, but below 1.25 the CRDs of the toolkit that have rules of CEL: they are refused for those. */
  async function installToolkit(name: string): Promise<void> {
    const { refused } = await install(name);
    const withRules = manifestsOf(name)
      .split(/^---$/m)
      .filter((document) => document.includes("x-kubernetes-validations"))
      .map((document) => expect.stringMatching(`^CustomResourceDefinition ${/^ {2}name: (\S+)$/m.exec(document)?.[1]} `));
    const why = expect.stringContaining("x-kubernetes-validations");
    expect(refused).toEqual(kubernetes === "Newest" ? [] : withRules.map((what) => ({ what, why })));
  }

  whereThere(
    "Flux 1, then toolkits of three ages, are told as they are, and a blocked upgrade is really refused",
    async () => {
      await fixture.installCrds();
      await fixture.start();

      expect((await install("flux1-fluxd-1.25.4")).refused).toEqual([]);
      expect((await install("helm-operator")).refused).toEqual([]);
      // The folder holds the Helm Operator's own deployment and the one of Weave Cloud.
      await fixture.row("1.25.4 1.4.0..1.4.4 None Archived None NotStarted MigrateNow True");

      await installToolkit("gotk-v2.3.0");
      await fixture.row("1.25.4 1.4.0..1.4.4 2.3 Archived EndOfSupport InProgress FinishMigration True");

      await installToolkit("gotk-v2.6.4");
      const status = await fixture.statusWhere((found) => {
        expect(rowOf(found)).toBe("1.25.4 1.4.0..1.4.4 2.6 Archived EndOfSupport InProgress FinishMigration True");
        expect(conditionOf(found, "UpgradeBlocked")?.message).toContain("imageupdateautomations");
      });
      // A Kubernetes that is too old bars the way before stored versions do.
      const reason = kubernetes === "Newest" ? "StoredVersions" : "KubernetesTooOld";
      expect(conditionOf(status, "UpgradeBlocked")).toMatchObject({ status: "True", reason });

      // What we call blocked is what the server refuses: CRDs of 2.9 that no longer hold a stored version.
      const { refused } = await install("gotk-v2.9.4");
      const nameOf = (what: string) => /\b([a-z]+)\.[a-z.]*fluxcd\.io/.exec(what)?.[1] ?? what;
      const stored = refused.filter(({ why }) => why.includes("storedVersions")).map(({ what }) => nameOf(what));
      const named = status.inventory?.apis?.filter((api) => api.removedIn !== undefined).map((api) => api.name.split(".")[0] ?? "") ?? [];
      expect(stored.length).toBeGreaterThan(0);
      // The floor refuses a CRD with rules of CEL for those, before it looks at stored versions.
      if (kubernetes === "Newest") expect(stored.toSorted()).toEqual(named.toSorted());
      else expect(refused.map(({ what }) => nameOf(what))).toEqual(expect.arrayContaining(named));
    },
    120_000,
  );

  whereThere("what the operator did to it all: nothing but its own status and Events", async () => {
    const writes = await eventually(
      () => fixture.writes(),
      (found) => expect(found.length).toBeGreaterThan(2),
    );
    const targets = new Set(writes.map((write) => write.split(" ").slice(0, 2).join(" ")));
    expect([...targets].sort()).toEqual([
      "create events",
      "create migrationstatuses",
      "patch customresourcedefinitions",
      "patch migrationstatuses/status",
    ]);
    const crds = writes.filter((write) => write.startsWith("patch customresourcedefinitions"));
    expect(crds.every((write) => write.includes("flux-migration.dev"))).toBe(true);
  });
});
