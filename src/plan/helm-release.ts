/** A HelmRelease v1 as HelmRelease v2: puts chart, settings and values together, and accounts for every field. */
import { firstProblem } from "../detect/problem.ts";
import { valueAt } from "../detect/value-at.ts";
import type { ChartSources, OperatorSettings } from "./chart-source.ts";
import type { Draft } from "./draft.ts";
import { fluxAnnotations, isMarkOfProgram } from "./flux-annotations.ts";
import { HelmReleaseV1, releaseNameOf, targetNamespaceOf } from "./helm-release-v1.ts";
import { helmSettings } from "./helm-settings.ts";
import { helmValues } from "./helm-values.ts";
import { notHelm3 } from "./helm-version.ts";
import { unaccounted } from "./ledger.ts";
import { code } from "./markdown.ts";
import { isNamespaceName, isObjectName } from "./names.ts";
import { SuppliedValues } from "./supplied-values.ts";

/** Helm's own limit, and v2's. */
const RELEASE_NAME = /^(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export interface HelmOperatorInForce extends OperatorSettings {
  /** `v2`, `v3`: those that it runs. A release that names none is of the first. */
  readonly helmVersions: readonly string[];
}

/** @returns the HelmRelease v2 as it is named, or undefined: then the reason is in the ledger */
export function translateHelmRelease(
  subject: string,
  input: unknown,
  operator: HelmOperatorInForce,
  sources: ChartSources,
  draft: Draft,
): HelmReleaseV1 | undefined {
  const { ledger } = draft;
  const parsed = HelmReleaseV1.safeParse(input);
  if (!parsed.success) {
    const { field, want } = firstProblem(parsed.error, input);
    ledger.left(
      subject,
      field === "" ? "the whole object" : field,
      `it cannot be read; want ${want}. Nothing of this object is translated`,
    );
    return undefined;
  }
  const release = parsed.data;
  const problem = whole(subject, release, operator, draft);
  if (problem !== undefined) {
    ledger.left(subject, problem.field, `${problem.why}. Nothing of this object is translated`);
    return undefined;
  }
  const namespace = release.metadata.namespace || "default";
  const source = sources.sourceOf(subject, namespace, release.spec.chart, operator);
  if (source.at === "None") {
    ledger.left(subject, source.field, `${source.why}. Nothing of this object is translated`);
    return undefined;
  }
  const supplied = new SuppliedValues(subject, release.metadata.name, namespace, draft);
  const values = helmValues(release.spec, namespace, supplied, source.path);
  const settings = helmSettings(release.spec, draft.target.minor);
  const target = targetNamespaceOf(release);
  const to = draft.add("HelmRelease", namespace, draft.names.take("HelmRelease", namespace, release.metadata.name), {
    interval: operator.interval,
    suspend: true,
    releaseName: releaseNameOf(release),
    targetNamespace: target,
    storageNamespace: target,
    chart: {
      spec: {
        ...source.chart,
        ...(values.valuesFiles.length === 0 ? {} : { valuesFiles: values.valuesFiles }),
        ...(values.ignoreMissingValuesFiles ? { ignoreMissingValuesFiles: true } : {}),
      },
    },
    ...settings.spec,
    ...(values.valuesFrom.length === 0 ? {} : { valuesFrom: values.valuesFrom }),
    ...(release.spec.values === undefined || release.spec.values === null ? {} : { values: release.spec.values }),
  });
  const own: [string, string][] = [
    ["metadata.name", "metadata.name"],
    ["metadata.namespace", "metadata.namespace"],
    ["spec.releaseName", "spec.releaseName"],
    ["spec.targetNamespace", "spec.targetNamespace, spec.storageNamespace"],
    ["spec.helmVersion", "Helm 3"],
    ["spec.values", "spec.values"],
  ];
  const all = [
    ...own.filter(([field]) => valueAt(input, field.split(".")) !== undefined),
    ...source.translated,
    ...values.translated,
    ...settings.translated,
  ];
  for (const [field, path] of all) ledger.translated(subject, field, /^[A-Z]/.test(path) ? path : `${to} ${path}`);
  for (const [field, reason] of [...source.left, ...values.left, ...settings.left]) ledger.left(subject, field, reason);
  if (values.valuesFiles.length > 0)
    ledger.chore(
      "ApplyReleases",
      `${code(subject)}: files of the chart come first in Flux 2, below everything in ${code("valuesFrom")}; v1 merged its list in order. With them the chart's version is ${code("1.2.3+1")} in Flux 2, which changes its version label, and can restart pods. To change nothing, put what the files hold into a ConfigMap in ${code("valuesFrom")}, and take ${code("valuesFiles")} out. Compare ${code("helm get values")} before and after.`,
    );
  return release;
}

interface WholeProblem {
  readonly field: string;
  readonly why: string;
}

/** What rules out the whole object. */
function whole(subject: string, release: HelmReleaseV1, operator: HelmOperatorInForce, draft: Draft): WholeProblem | undefined {
  const { metadata, spec } = release;
  const namespace = metadata.namespace || "default";
  if (!isObjectName(metadata.name)) return { field: "metadata.name", why: "it is no name of an object" };
  if (!isNamespaceName(namespace)) return { field: "metadata.namespace", why: "it is no name of a namespace" };
  if (spec.targetNamespace && !isNamespaceName(spec.targetNamespace))
    return { field: "spec.targetNamespace", why: "it is no name of a namespace" };
  const helm2 = notHelm3(subject, release, operator.helmVersions, draft.ledger);
  if (helm2 !== undefined) return { field: "spec.helmVersion", why: helm2 };
  if (!RELEASE_NAME.test(releaseNameOf(release))) return { field: "spec.releaseName", why: "it is no name of a release that Helm 3 takes" };
  if (draft.names.isTaken("HelmRelease", namespace, metadata.name))
    return { field: "metadata.name", why: "a HelmRelease v2 of this name is there already" };
  return undefined;
}

/** Lists what nothing has accounted for: fields that v1 does not know, and labels and annotations of the object. */
export function closeHelmRelease(subject: string, input: unknown, { ledger }: Draft): void {
  const parsed = HelmReleaseV1.safeParse(input);
  if (!parsed.success) return;
  const { labels, annotations } = parsed.data.metadata;
  for (const key of Object.keys(labels ?? {}).filter((each) => !isMarkOfProgram(each)))
    ledger.left(subject, `metadata.labels.${key}`, "labels are not carried over: add those that you need");
  const flux = new Set(fluxAnnotations(new Map(Object.entries(annotations ?? {}))).map(({ key }) => key));
  for (const key of Object.keys(annotations ?? {})) {
    if (!flux.has(key) && !isMarkOfProgram(key))
      ledger.left(subject, `metadata.annotations.${key}`, "annotations are not carried over: add those that you need");
  }
  for (const field of unaccounted(ledger, subject, parsed.data.spec, "spec"))
    ledger.left(subject, field, "HelmRelease v1 has no such field, or it had no effect");
}
