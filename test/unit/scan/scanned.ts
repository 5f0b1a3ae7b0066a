/** Scans texts as the command does, without a file system. */
import type { MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import { builtInData } from "../../../src/data/built-in-data.ts";
import { editionNamed } from "../../../src/data/load.ts";
import type { ManifestPart } from "../../../src/manifests/manifest.ts";
import { ManifestReader } from "../../../src/manifests/manifest-reader.ts";
import { type NeedleTest, needleTest } from "../../../src/manifests/needles.ts";
import type { Baseline } from "../../../src/scan/baseline.ts";
import { kindsOfFiles } from "../../../src/scan/declared-release.ts";
import { judgeFiles } from "../../../src/scan/judge-files.ts";
import { scanNeedles } from "../../../src/scan/needles.ts";
import type { Scanned } from "../../../src/scan/report.ts";
import { Survey } from "../../../src/scan/survey.ts";

export const data = builtInData();
const needles = scanNeedles(data.catalogue, data.declaredInstalls);
export const wanted = needleTest(needles);
const kinds = kindsOfFiles(data.declaredInstalls, needles);

export interface ScanParts {
  edition?: string;
  now?: string;
  baseline?: Baseline;
}

export function partsOf(file: string, text: string | Buffer, test: NeedleTest = wanted): ManifestPart[] {
  const reader = new ManifestReader({ file, wanted: test, kinds });
  return [...reader.push(Buffer.from(text)), ...reader.end()];
}

export function scan(files: Readonly<Record<string, string | Buffer>>, parts: ScanParts = {}): Scanned {
  return judged(
    Object.entries(files).map(([file, text]) => partsOf(file, text)),
    parts,
  );
}

/** @param files what was read of each */
export function judged(files: readonly (readonly ManifestPart[])[], parts: ScanParts = {}): Scanned {
  const survey = new Survey(data);
  for (const part of files.flat()) survey.add(part);
  const answer = judgeFiles(survey.look(files.length), {
    edition: editionNamed(parts.edition ?? "2022-09-20", data.editions, "edition"),
    reference: data.reference,
    clusterName: "files",
    programVersion: "0.1.0",
    now: new Date(`${parts.now ?? "2026-11-23"}T00:00:00Z`),
    ...(parts.baseline ? { baseline: parts.baseline } : {}),
  });
  return { name: "files", ...answer, unread: survey.unread(), skipped: survey.skipped() };
}

export interface ObjectParts {
  kind?: string;
  apiVersion?: string;
  namespace?: string;
  name?: string;
  image?: string;
  args?: string[];
  annotations?: Record<string, string>;
}

/** A workload of one container, in one line; JSON is YAML. */
export function workload(parts: ObjectParts = {}): string {
  const { kind = "Deployment", apiVersion = "apps/v1", namespace = "flux", name = "flux", annotations } = parts;
  const container = { name: "main", image: parts.image ?? "docker.io/fluxcd/flux:1.25.4", args: parts.args ?? [] };
  return JSON.stringify({
    apiVersion,
    kind,
    metadata: { name, namespace, annotations },
    spec: { template: { spec: { containers: [container] } } },
  });
}

/** Of HelmReleases v1. */
export const CRD = JSON.stringify({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "helmreleases.helm.fluxcd.io" },
  spec: {
    group: "helm.fluxcd.io",
    names: { kind: "HelmRelease", plural: "helmreleases" },
    scope: "Namespaced",
    versions: [{ name: "v1", served: true, storage: true }],
  },
});

/** `Critical fluxd 1.25.4 a.yaml:1`. */
export function found({ status }: { status: MigrationStatusStatus }): string[] {
  return (status.inventory?.components ?? []).map(
    ({ severity, name, version, source, ignored }) =>
      `${ignored ? "Ignored" : severity} ${name} ${version} ${source?.file}:${source?.line}`,
  );
}

export function condition({ status }: { status: MigrationStatusStatus }, type: string): string | undefined {
  const found = status.conditions?.find((candidate) => candidate.type === type);
  return found && `${found.status}/${found.reason}: ${found.message}`;
}
