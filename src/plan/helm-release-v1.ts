/** The shape of a HelmRelease of the Helm Operator 1.4.4, helm.fluxcd.io/v1 and flux.weave.works/v1beta1. Translates nothing. */
import * as z from "zod";

/** What the Helm Operator reads from 1.0.0-rc1 on, alone. */
export const HELM_RELEASE_V1 = "helm.fluxcd.io/v1";
/** What it read before that, alone. Those operators knew no Helm but 2. */
export const HELM_RELEASE_V1BETA1 = "flux.weave.works/v1beta1";

const text = z.string().nullish();
const flag = z.boolean().nullish();
const count = z.int().min(0).max(2_147_483_647).nullish();
const keyReference = z.looseObject({ name: z.string(), namespace: text, key: text, optional: flag }).nullish();

export const ValuesSource = z.looseObject({
  configMapKeyRef: keyReference,
  secretKeyRef: keyReference,
  externalSourceRef: z.looseObject({ url: z.string(), optional: flag }).nullish(),
  chartFileRef: z.looseObject({ path: z.string(), optional: flag }).nullish(),
});
export type ValuesSource = z.output<typeof ValuesSource>;

export const HelmReleaseV1 = z.looseObject({
  apiVersion: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: text,
    labels: z.record(z.string(), z.string()).nullish(),
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
  spec: z.looseObject({
    helmVersion: text,
    chart: z.looseObject({
      repository: text,
      name: text,
      version: text,
      git: text,
      ref: text,
      path: text,
      secretRef: z.looseObject({ name: z.string(), namespace: text }).nullish(),
      skipDepUpdate: flag,
    }),
    releaseName: text,
    targetNamespace: text,
    timeout: count,
    maxHistory: count,
    wait: flag,
    resetValues: flag,
    forceUpgrade: flag,
    skipCRDs: flag,
    disableOpenAPIValidation: flag,
    rollback: z
      .looseObject({
        enable: flag,
        retry: flag,
        maxRetries: count,
        force: flag,
        recreate: flag,
        disableHooks: flag,
        timeout: count,
        wait: flag,
      })
      .nullish(),
    test: z.looseObject({ enable: flag, ignoreFailures: flag, timeout: count, cleanup: flag }).nullish(),
    valueFileSecrets: z.array(z.looseObject({ name: z.string() })).nullish(),
    valuesFrom: z.array(ValuesSource).nullish(),
    values: z.unknown().optional(),
  }),
});
export type HelmReleaseV1 = z.output<typeof HelmReleaseV1>;
export type SpecV1 = HelmReleaseV1["spec"];

/** @returns the namespace that Helm installs the release in, with v1's default */
export function targetNamespaceOf({ metadata, spec }: HelmReleaseV1): string {
  return spec.targetNamespace || metadata.namespace || "default";
}

/** @returns the name of the release in Helm, with v1's defaults: a wrong one would install a second release */
export function releaseNameOf(release: HelmReleaseV1): string {
  const { metadata, spec } = release;
  if (spec.releaseName) return spec.releaseName;
  const namespace = metadata.namespace || "default";
  const target = targetNamespaceOf(release);
  return namespace === target ? `${target}-${metadata.name}` : `${namespace}-${target}-${metadata.name}`;
}
