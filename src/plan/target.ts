/**
 * For which Flux 2 the manifests are written: the installed minor where it is supported, else the newest supported one that this Kubernetes
 * runs, else the newest. Which API version each kind has there is data (config/gotk-api-versions.json).
 */
import { storageAt } from "../assess/api-versions.ts";
import type { ApiVersions } from "../assess/api-versions-file.ts";
import { kubernetesWanted, newestThatRuns } from "../assess/runs-here.ts";
import { compareVersions } from "../assess/semver-range.ts";
import type { ReferenceData } from "../assess/subject.ts";
import type { ToolkitInstance } from "../assess/toolkit-instance.ts";
import { minorsAt } from "../timetable/releases.ts";

/** Kinds that are generated, and their CRDs. */
const CRD_OF = {
  GitRepository: "gitrepositories.source.toolkit.fluxcd.io",
  HelmRepository: "helmrepositories.source.toolkit.fluxcd.io",
  Kustomization: "kustomizations.kustomize.toolkit.fluxcd.io",
  HelmRelease: "helmreleases.helm.toolkit.fluxcd.io",
  ImageRepository: "imagerepositories.image.toolkit.fluxcd.io",
  ImagePolicy: "imagepolicies.image.toolkit.fluxcd.io",
  ImageUpdateAutomation: "imageupdateautomations.image.toolkit.fluxcd.io",
  Provider: "providers.notification.toolkit.fluxcd.io",
  Alert: "alerts.notification.toolkit.fluxcd.io",
} as const;
export type GeneratedKind = keyof typeof CRD_OF;
export const GENERATED_KINDS = Object.keys(CRD_OF).filter((kind): kind is GeneratedKind => kind in CRD_OF);

export interface Target {
  readonly minor: string;
  /** Why this one. */
  readonly because: "Asked" | "Installed" | "Newest" | "NewestHere";
  /** The lowest Kubernetes of the minor, where this cluster is older. */
  readonly needsKubernetes?: string;
  readonly apiVersions: Readonly<Record<GeneratedKind, string>>;
}

/** A minor for which no manifests can be written. The message names those for which they can. */
export class UnknownTarget extends Error {
  override readonly name = "UnknownTarget";
}

export interface TargetQuestion {
  readonly data: ReferenceData;
  readonly now: Date;
  readonly instances: readonly ToolkitInstance[];
  readonly kubernetesVersion?: string | undefined;
  /** `2.6`, where a person asked for it. */
  readonly asked?: string | undefined;
}

/** Those for which manifests can be written, the oldest first. */
export function plannableMinors({ releases, apis }: ReferenceData, now: Date): string[] {
  return minorsAt(releases, now).filter((minor) => helmReleaseV2(apis, minor));
}

/** @throws UnknownTarget for an asked minor that is not released, or has no HelmRelease v2 */
export function targetOf({ data, now, instances, kubernetesVersion, asked }: TargetQuestion): Target {
  const possible = plannableMinors(data, now);
  const newest = possible.at(-1);
  if (newest === undefined) throw new UnknownTarget("the release data know no Flux 2 that has HelmRelease v2");
  const target = (minor: string, because: Target["because"]): Target => {
    const needsKubernetes = kubernetesWanted(data.releases, minor, kubernetesVersion);
    return { minor, because, ...(needsKubernetes === undefined ? {} : { needsKubernetes }), apiVersions: apiVersionsAt(data.apis, minor) };
  };
  if (asked !== undefined) {
    const minor = asked.replace(/^v/, "").replace(/^(\d+\.\d+)\..*$/, "$1");
    if (!possible.includes(minor))
      throw new UnknownTarget(`--flux-version is ${JSON.stringify(asked)}; want one of ${possible.join(", ")}`);
    return target(minor, "Asked");
  }
  const installed = instances
    .flatMap(({ minor, support }) => (minor !== undefined && isSupported(support.support) ? [minor] : []))
    .filter((minor) => possible.includes(minor))
    .sort(compareVersions)
    .at(-1);
  if (installed !== undefined) return target(installed, "Installed");
  const here = newestThatRuns(data.releases, possible.slice(-data.after.policy.supportedMinors.count), kubernetesVersion);
  return here === undefined || here === newest ? target(newest, "Newest") : target(here, "NewestHere");
}

function isSupported(support: string): boolean {
  return support === "Current" || support === "Supported" || support === "Ending";
}

function helmReleaseV2(apis: ApiVersions, minor: string): boolean {
  return storageAt(apis, CRD_OF.HelmRelease, minor) === "v2";
}

function apiVersionsAt(apis: ApiVersions, minor: string): Target["apiVersions"] {
  const of = (kind: GeneratedKind) => {
    const version = storageAt(apis, CRD_OF[kind], minor);
    if (version === undefined) throw new UnknownTarget(`Flux ${minor} has no ${kind}`);
    return `${CRD_OF[kind].slice(CRD_OF[kind].indexOf(".") + 1)}/${version}`;
  };
  return {
    GitRepository: of("GitRepository"),
    HelmRepository: of("HelmRepository"),
    Kustomization: of("Kustomization"),
    HelmRelease: of("HelmRelease"),
    ImageRepository: of("ImageRepository"),
    ImagePolicy: of("ImagePolicy"),
    ImageUpdateAutomation: of("ImageUpdateAutomation"),
    Provider: of("Provider"),
    Alert: of("Alert"),
  };
}
