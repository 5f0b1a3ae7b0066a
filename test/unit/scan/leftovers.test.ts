/** What Flux 1 leaves in Git: a CRD, or objects whose CRD stands elsewhere. Whatever ends a scan with 1 is a row in every form. */
import { describe, expect, test } from "@jest/globals";
import { reaches } from "../../../src/scan/fail-on.ts";
import type { Scanned } from "../../../src/scan/report.ts";
import { csvReport } from "../../../src/scan/report-csv.ts";
import { githubReport } from "../../../src/scan/report-github.ts";
import { markdownReport } from "../../../src/scan/report-markdown.ts";
import { sarifReport } from "../../../src/scan/report-sarif.ts";
import { tableReport } from "../../../src/scan/report-table.ts";
import { CRD, condition, scan, workload } from "./scanned.ts";

const object = (apiVersion: string, kind: string) => JSON.stringify({ apiVersion, kind, metadata: { name: "cart", namespace: "shop" } });
const HELM_RELEASE = object("helm.fluxcd.io/v1", "HelmRelease");

describe("objects without their CRD", () => {
  test.each([
    ["helm.fluxcd.io/v1", "HelmRelease", "helmreleases.helm.fluxcd.io"],
    ["flux.weave.works/v1beta1", "HelmRelease", "helmreleases.flux.weave.works"],
    ["helm.integrations.flux.weave.works/v1alpha2", "FluxHelmRelease", "fluxhelmreleases.helm.integrations.flux.weave.works"],
  ])("%s %s remains of Flux 1", (apiVersion, kind, name) => {
    const scanned = scan({ "a.yaml": `# one\n${object(apiVersion, kind)}\n---\n${object(apiVersion, kind)}` });
    expect(scanned.status.summary).toMatchObject({
      migration: "LeftoversRemain",
      severity: "Info",
      message: `Only leftovers of Flux 1 remain in these files: 2 objects without their CRD. Remove them once no Helm Operator runs in the cluster: ${name}`,
    });
    expect(condition(scanned, "Flux1Present")).toBe(
      `False/OnlyLeftovers: No Flux 1 workload; 2 objects without their CRD remain (2 of ${name}).`,
    );
    expect(scanned.status.inventory?.apis).toMatchObject([{ name, objects: 2, source: { file: "a.yaml", line: 2 } }]);
    expect(reaches(scanned.status, "Info")).toBe(true);
  });
  test("of the toolkit are none", () => {
    const scanned = scan({ a: object("helm.toolkit.fluxcd.io/v2", "HelmRelease"), b: object("helm.fluxcd.io/v1", "Other") });
    expect(scanned.status.summary?.migration).toBe("NotInstalled");
  });
  test("stand beside the CRDs that were read", () => {
    const scanned = scan({ a: CRD, b: HELM_RELEASE, c: object("flux.weave.works/v1beta1", "HelmRelease") });
    expect(scanned.status.summary?.message).toContain(": 1 CRD with 1 object and 1 object without its CRD. ");
  });
});

describe("a row in every form", () => {
  const forms: Record<string, (scanned: Scanned) => string> = {
    table: (scanned) => tableReport(scanned, false, (_, text) => text),
    csv: (scanned) => csvReport([scanned]),
    github: (scanned) => githubReport([scanned]),
    markdown: (scanned) => markdownReport([scanned]),
    sarif: (scanned) => sarifReport([scanned], "0.1.0"),
  };
  test.each(Object.keys(forms))("%s", (form) => {
    const lines = forms[form]?.(scan({ "dir/crd.yaml": CRD }))?.split("\n");
    const wanted = {
      table: /^Info +leftover +None +None +None +RemoveLeftovers +helmreleases\.helm\.fluxcd\.io +dir\/crd\.yaml:1$/,
      csv: /^files,Info,leftover,None,.*,helmreleases\.helm\.fluxcd\.io,None,dir\/crd\.yaml,1,,Only leftovers /,
      github: /^::notice file=dir\/crd\.yaml,line=1,title=Leftover of Flux 1::helmreleases\.helm\.fluxcd\.io: Only leftovers /,
      markdown: /^\| Info \| leftover \| .* \| helmreleases\.helm\.fluxcd\.io \| Only leftovers .* \| dir\/crd\.yaml:1 \|$/,
      sarif: /^ +"ruleId": "RemoveLeftovers",$/,
    }[form];
    expect(lines).toContainEqual(expect.stringMatching(wanted ?? /never/));
  });
  test("also where something graver comes first", () => {
    const old = workload({ namespace: "flux-system", name: "source-controller", image: "ghcr.io/fluxcd/source-controller:v1.6.2" });
    const scanned = scan({ "a.yaml": old, "crd.yaml": CRD });
    expect(scanned.status.summary?.action).toBe("UpgradeFlux");
    expect(csvReport([scanned])).toContain("Info,leftover,");
  });
  test("of what Flux 1 still uses there is none", () => {
    expect(csvReport([scan({ a: CRD, b: workload() })])).not.toContain("leftover");
  });
});
