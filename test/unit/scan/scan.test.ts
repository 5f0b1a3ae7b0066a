/** What a scan finds in files, where, and what it may say from files alone. */
import { posix } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import { Baseline, WrongBaseline } from "../../../src/scan/baseline.ts";
import { reaches, THRESHOLDS, thresholdNamed } from "../../../src/scan/fail-on.ts";
import { readIgnore } from "../../../src/scan/ignore-annotation.ts";
import { printedStatus } from "../../../src/scan/judge-files.ts";
import type { Scanned } from "../../../src/scan/report.ts";
import { condition, found, scan, workload } from "./scanned.ts";

const controller = (name: string, version: string, namespace = "flux-system") =>
  workload({ namespace, name, image: `ghcr.io/fluxcd/${name}:${version}` });
/** Controllers of 2.9 and of 2.6. */
const [NEW, OLD] = ["v1.9.4", "v1.6.2"];

test("a workload is found with its file and line, whatever stands before it", () => {
  expect(found(scan({ "a.yaml": `# nothing\n---\nkind: x\n---\n${workload()}` }))).toEqual(["Critical fluxd 1.25.4 a.yaml:5"]);
});

test("the line is that of the image, which a change of version touches", () => {
  const containers = ["fluxcd/flux:1.25.4", "fluxcd/helm-operator:1.4.4"].map((image) => `\n      - name: main\n        image: ${image}`);
  const object = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: both, namespace: flux}\nspec:\n  template:\n    spec:\n      containers:`;
  const list = `apiVersion: v1\nkind: List\nitems:\n- ${`${object}${containers.join("")}`.replaceAll("\n", "\n  ")}\n`;
  expect(found(scan({ "a.yaml": `${object}${containers.join("")}`, "b.yaml": list }))).toEqual([
    "Critical fluxd 1.25.4 a.yaml:9",
    "Critical fluxd 1.25.4 b.yaml:12",
    "Critical helm-operator 1.4.4 a.yaml:11",
    "Critical helm-operator 1.4.4 b.yaml:14",
  ]);
});

test.each(["apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"])(
  "a Deployment of %s counts: Flux 1 is as old",
  (apiVersion) => {
    expect(found(scan({ a: workload({ apiVersion }) }))).toHaveLength(1);
  },
);

test("a DaemonSet in a file is wanted, not stopped", () => {
  const { status } = scan({ a: workload({ kind: "DaemonSet" }) });
  expect(status.inventory?.components?.[0]?.replicas).toBe(1);
  expect(status.summary?.action).toBe("MigrateNow");
});

test("None means that it is not in these files", () => {
  const clean = scan({ a: workload({ image: "nginx:1" }) });
  expect([clean.status.summary?.fluxd, clean.status.summary?.migration]).toEqual(["None", "NotInstalled"]);
  expect(condition(clean, "Flux1Present")).toBe("False/NotFound: No fluxd and no Helm Operator in these files.");
  expect(condition(clean, "Ready")).toBe("True/Assessed: 1 file read in full.");
});

test("a document that cannot be read may hold anything: presence is stated, absence is not", () => {
  const broken = scan({ "a.yaml": "fluxcd/flux: [", "b.yaml": controller("source-controller", NEW) });
  expect(broken.unread).toHaveLength(1);
  expect(broken.status.summary?.fluxd).toBe("Unknown");
  expect(condition(broken, "Ready")).toMatch(/^False\/ObjectInvalid: a\.yaml:1 /);
  expect(scan({ "a.yaml": "fluxcd/flux: [", "b.yaml": workload() }).status.summary?.fluxd).toBe("1.25.4");
});

test("installations of one name in two folders are two", () => {
  const { status } = scan({
    "clusters/a/gotk.yaml": `${controller("source-controller", NEW)}\n---\n${controller("kustomize-controller", NEW)}`,
    "clusters/b/source.yaml": controller("source-controller", OLD),
    "clusters/b/kustomize.yaml": controller("kustomize-controller", "v1.6.1"),
  });
  expect(status.inventory?.instances?.map(({ support, alignment, source }) => `${source?.file} ${support} ${alignment}`)).toEqual([
    "clusters/a/gotk.yaml Current Aligned",
    "clusters/b/source.yaml EndOfSupport Aligned",
  ]);
  expect(status.summary?.action).toBe("UpgradeFlux");
});

test("a fluxd and a toolkit in files need not be of one cluster", () => {
  const toolkit = `${controller("source-controller", NEW)}\n---\n${controller("kustomize-controller", NEW)}`;
  const helmOperator = workload({ name: "helm-operator", image: "fluxcd/helm-operator:1.4.4" });
  const scanned = scan({ "clusters/old/flux.yaml": `${workload()}\n---\n${helmOperator}`, "clusters/new/gotk.yaml": toolkit });
  const { summary, inventory } = scanned.status;
  expect(summary?.message).toBe(
    "fluxd 1.25.4 (flux/flux), Helm Operator 1.4.4 (flux/helm-operator) and a toolkit (flux-system, 2.9) were found: if they run in one cluster, they must never reconcile the same objects. Finish the move.",
  );
  expect(inventory?.components?.slice(0, 2).map(({ action }) => `${action.code}: ${action.message}`)).toEqual([
    "FinishMigration: If a toolkit runs in the same cluster: Scale flux/flux to 0 before the first Kustomization covers its objects; then remove it. If not: Move flux/flux to Flux 2; its image updates become an ImageRepository, ImagePolicies and an ImageUpdateAutomation.",
    "FinishMigration: If a toolkit runs in the same cluster: Scale flux/helm-operator to 0 before the first HelmRelease of Flux 2 covers one of its releases; then remove it. If not: Move flux/helm-operator to Flux 2; each HelmRelease gets a successor in helm.toolkit.fluxcd.io.",
  ]);
  expect(condition(scanned, "MigrationComplete")).toBe(
    "False/InProgress: Toolkit 2.9 in flux-system and Flux 1 were found. Left: StopFluxd, RemoveFluxd, RemoveHelmOperator.",
  );
});

test("nor do two toolkits, so they share no CRDs", () => {
  const { status } = scan({
    "clusters/a/gotk.yaml": `${controller("source-controller", NEW)}\n---\n${controller("kustomize-controller", "v1.7.1")}`,
    "clusters/b/gotk.yaml": controller("source-controller", NEW),
  });
  expect(status.summary?.action).toBe("AlignControllers");
  expect(status.summary?.message).toMatch(/^Controllers of 2\.\d and 2\.9 run in flux-system: /);
});

test("nor does an old CRD in files stay behind a toolkit", () => {
  const crd = JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "buckets.source.toolkit.fluxcd.io", labels: { "app.kubernetes.io/version": "v2.3.0" } },
    spec: {
      group: "source.toolkit.fluxcd.io",
      names: { kind: "Bucket", plural: "buckets" },
      scope: "Namespaced",
      versions: [{ name: "v1beta2", served: true, storage: true }],
    },
  });
  const { status } = scan({ "clusters/old/crd.yaml": crd, "clusters/new/gotk.yaml": controller("source-controller", NEW) });
  expect(status.inventory?.apis?.[0]?.storage).toBe("v1beta2");
  expect([status.summary?.action, status.inventory?.instances?.[0]?.alignment]).toEqual(["NoAction", "Aligned"]);
});

test("what only a cluster can tell is not told", () => {
  const scanned = scan({ a: controller("source-controller", OLD) });
  expect(condition(scanned, "UpgradeBlocked")).toMatch(/^Unknown\//);
  expect(scanned.status.summary?.message).toMatch(/The way up depends on what the cluster stores/);
});

test("leftovers in files are no reason to delete them in the cluster", () => {
  const crd = `apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nmetadata: {name: helmreleases.helm.fluxcd.io}\nspec:\n  group: helm.fluxcd.io\n  names: {kind: HelmRelease, plural: helmreleases}\n  scope: Namespaced\n  version: v1\n`;
  const scanned = scan({ "crd.yaml": `${crd}---\napiVersion: helm.fluxcd.io/v1\nkind: HelmRelease\nmetadata: {name: a}\n` });
  expect(scanned.status.summary?.message).toBe(
    "Only leftovers of Flux 1 remain in these files: 1 CRD with 1 object. Remove them once no Helm Operator runs in the cluster: helmreleases.helm.fluxcd.io",
  );
  expect(scanned.status.inventory?.apis?.[0]?.source).toEqual({ file: "crd.yaml", line: 1 });
});

test("a template that is YAML and leaves the image open is named", () => {
  const object: unknown = JSON.parse(workload({ image: "fluxcd/flux:{{ .Values.tag }}" }));
  const scanned = scan({ "t.yaml": JSON.stringify(object, null, 1) });
  expect(scanned.unread).toEqual([]);
  expect(scanned.skipped[0]?.why).toMatch(/^Deployment flux is a template: spec\.template\.spec\.containers\[0\]\.image is /);
  expect(scanned.skipped[0]?.line).toBeGreaterThan(5);
});

test("what Flux fills in once a kustomization is built is left open, not wrong", () => {
  const scanned = scan({ "t.yaml": workload({ image: "fluxcd/flux:\u0024{TAG:=1.25.4}" }) });
  expect([scanned.unread, scanned.skipped[0]?.why]).toEqual([[], expect.stringContaining("is a template: ")]);
  const counted = workload().replace('"spec":{', '"spec":{"replicas":"\u0024{REPLICAS}",');
  expect(found(scan({ "t.yaml": counted }))).toEqual(["Critical fluxd 1.25.4 t.yaml:1"]);
});

test("a wrong label is named with its own line, though its key holds dots", () => {
  const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: flux\n  labels:\n    app: flux\n    app.kubernetes.io/managed-by: [flux]\n  # image: fluxcd/flux\nspec: {template: {spec: {containers: []}}}\n`;
  expect(scan({ "a.yaml": text }).unread).toMatchObject([
    { line: 7, why: expect.stringContaining("app.kubernetes.io/managed-by is a list") },
  ]);
});

test("the day and the edition decide", () => {
  const on = (now: string, edition?: string) =>
    scan({ a: workload() }, { now, ...(edition === undefined ? {} : { edition }) }).status.summary?.phase;
  expect([on("2021-01-01"), on("2021-06-30"), on("2022-11-01"), on("2026-01-01", "2021-06-28")]).toEqual([
    "Maintenance",
    "Superseded",
    "Archived",
    "Superseded",
  ]);
});

test("one reader serves what a scan prints and what the operator writes", () => {
  const printed: unknown = JSON.parse(JSON.stringify(printedStatus(scan({ "a.yaml": workload() }).status)));
  const { status } = printed as { status: unknown };
  expect(MigrationStatusStatus.parse(status)).toEqual(status);
});

test("of more components than a status in a cluster may name, none is left out", () => {
  const tree = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`${index}/a.yaml`, workload()]));
  const { status } = scan(tree);
  expect(status.inventory).toMatchObject({ components: { length: 1_001 }, instances: { length: 1_001 } });
  expect(scan(tree, { baseline: new Baseline(printedStatus(status), "known.json", (file) => file) }).status.summary?.severity).toBe("None");
});

describe("--fail-on", () => {
  const flux1 = scan({ a: workload() }, { now: "2021-07-01" }).status;
  const old = scan({ a: controller("source-controller", OLD) }).status;
  test.each([
    ["Warning", true, true],
    ["Critical", false, false],
    ["Superseded", true, false],
    ["Archived", false, false],
    ["EndOfSupport", false, true],
    ["Never", false, false],
  ])("%s: Flux 1 in its third phase %s, an old toolkit %s", (threshold, first, second) => {
    expect([reaches(flux1, threshold), reaches(old, threshold)]).toEqual([first, second]);
  });
  test("capitals do not matter, and other words are none", () => {
    for (const threshold of THRESHOLDS) expect(thresholdNamed(threshold.toUpperCase())).toBe(threshold);
    expect(thresholdNamed("soon")).toBeUndefined();
  });
});

describe("flux-migration.dev/ignore", () => {
  const ignoring = (annotation: string, now = "2026-11-23") =>
    scan({ a: workload({ annotations: { "flux-migration.dev/ignore": annotation } }) }, { now });
  test("sets aside until its day, and is a finding again from there on", () => {
    const annotation = "until=2026-12-01; moves with the new cluster";
    expect(found(ignoring(annotation))).toEqual(["Ignored fluxd 1.25.4 a:1"]);
    expect(reaches(ignoring(annotation).status, "Info")).toBe(false);
    expect(found(ignoring(annotation, "2026-12-01"))).toEqual(["Critical fluxd 1.25.4 a:1"]);
  });
  test("without a day it holds for good", () => expect(found(ignoring("a museum"))).toEqual(["Ignored fluxd 1.25.4 a:1"]));
  test.each([
    ["FluxInstance", "fluxcd.controlplane.io/v1", 'spec: {distribution: {version: "2.3.x"}, components: [source-controller]}', 1],
    ["Kustomization", "kustomize.config.k8s.io/v1beta1", 'resources: ["github.com/fluxcd/flux2/manifests/install?ref=v2.3.0"]', 4],
  ])("stands on a %s as well, which declares what runs", (kind, apiVersion, rest, components) => {
    const declaring = (annotation: string) =>
      scan({
        a: `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: x, annotations: {flux-migration.dev/ignore: "${annotation}"}}, ${rest}}`,
      });
    expect(found(declaring("a museum")).map((line) => line.split(" ")[0])).toEqual(Array.from({ length: components }, () => "Ignored"));
    expect(declaring("until=soon; x").skipped).toHaveLength(1);
  });
  test.each(["until=soon; x", "until=2026-02-30; x", "until=2026-12-01;", "until=2026-12-01", " "])(
    "%j sets nothing aside, and is told",
    (annotation) => {
      expect(found(ignoring(annotation))).toEqual(["Critical fluxd 1.25.4 a:1"]);
      expect(ignoring(annotation).skipped[0]?.why).toMatch(/want "until=/);
      expect(readIgnore(annotation).at).toBe("Wrong");
    },
  );
});

describe("a baseline", () => {
  test("each that was known makes up for one that is there, the gravest first", () => {
    const [running, stopped] = [workload(), workload().replace('"spec":{', '"spec":{"replicas":0,')];
    const together = (...documents: string[]) => ({ "a.yaml": documents.join("\n---\n") });
    const kinds = (known: Record<string, string>, now: Record<string, string>) =>
      found(scan(now, { baseline: baselineOf(known) })).map((line) => line.split(" ")[0]);
    expect(kinds(together(stopped), together(stopped, running)).toSorted()).toEqual(["Critical", "Ignored"]);
    expect(kinds(together(running), together(running, running)).toSorted()).toEqual(["Critical", "Ignored"]);
    expect(kinds(together(running, stopped), together(stopped, running))).toEqual(["Ignored", "Ignored"]);
    const inOneLine = (...items: string[]) => ({ "a.yaml": `{"apiVersion":"v1","kind":"List","items":[${items.join(",")}]}` });
    expect(kinds(inOneLine(stopped), inOneLine(stopped, running)).toSorted()).toEqual(["Critical", "Warning"]);
    expect(kinds(inOneLine(running, stopped), inOneLine(stopped, running))).toEqual(["Ignored", "Ignored"]);
  });
  const baselineOf = (files: Record<string, string>, now?: string) => baselineFrom(scan(files, now === undefined ? {} : { now }));
  const baselineFrom = ({ status }: Scanned) => new Baseline(printedStatus(status), "known.json", posix.normalize);
  test("holds what is known; what is new counts", () => {
    const baseline = baselineOf({ "a.yaml": workload() });
    expect(found(scan({ "a.yaml": `\n\n${workload()}`, "b.yaml": workload({ name: "flux-2" }) }, { baseline }))).toEqual([
      "Critical fluxd 1.25.4 b.yaml:1",
      "Ignored fluxd 1.25.4 a.yaml:3",
    ]);
  });
  test("what became graver counts again", () => {
    const baseline = baselineOf({ "a.yaml": workload() }, "2021-07-01");
    expect(found(scan({ "a.yaml": workload() }, { baseline, now: "2022-10-31" }))).toEqual(["Ignored fluxd 1.25.4 a.yaml:1"]);
    expect(found(scan({ "a.yaml": workload() }, { baseline, now: "2022-11-01" }))).toEqual(["Critical fluxd 1.25.4 a.yaml:1"]);
  });
  test("a file is known by whatever path it is named", () => {
    const baseline = baselineOf({ "deploy/a.yaml": workload() });
    expect(found(scan({ "./deploy/b/../a.yaml": workload() }, { baseline }))).toEqual([expect.stringMatching(/^Ignored /)]);
    expect(found(scan({ "other/a.yaml": workload() }, { baseline }))).toEqual([expect.stringMatching(/^Critical /)]);
  });
  test("one made with an older one knows what that knew, as grave as it was then", () => {
    const files = { "a.yaml": workload() };
    const older = scan(files, { baseline: baselineOf(files, "2021-07-01"), now: "2021-07-01" });
    const baseline = baselineFrom(older);
    expect(found(scan(files, { baseline, now: "2022-10-31" }))).toEqual(["Ignored fluxd 1.25.4 a.yaml:1"]);
    expect(found(scan(files, { baseline, now: "2022-11-01" }))).toEqual(["Critical fluxd 1.25.4 a.yaml:1"]);
  });
  test.each(["until=2027-01-31; moves with the new cluster", "stays; known since then"])(
    "what an annotation set aside is not known by it (%s)",
    (annotation) => {
      const ignored = scan({ "a.yaml": workload({ annotations: { "flux-migration.dev/ignore": annotation } }) });
      expect(found(scan({ "a.yaml": workload() }, { baseline: baselineFrom(ignored) }))).toEqual(["Critical fluxd 1.25.4 a.yaml:1"]);
    },
  );
  test("anything else is refused", () => {
    for (const input of [undefined, [], { kind: "List" }, { kind: "MigrationStatus", status: { inventory: 5 } }])
      expect(() => new Baseline(input, "x.json", posix.normalize)).toThrow(WrongBaseline);
  });
});
