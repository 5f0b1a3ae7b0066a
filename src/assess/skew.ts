/** Whether the controllers of an installation fit each other and the cluster's one set of CRDs. Source: timetable footnote 2, within one minor. */

import { minorOfRelease, minorsAt } from "../timetable/releases.ts";
import type { CatchUp } from "./catch-up.ts";
import type { Cluster } from "./cluster.ts";
import { behindWords, catchUpSentence, crdsBehind, findsItsVersions, isBarred, isWhole } from "./crds-behind.ts";
import { compareVersions } from "./semver-range.ts";
import { listed } from "./sentence.ts";
import { crdRelease, type ToolkitInstance } from "./toolkit-instance.ts";

export function alignmentOf(instance: ToolkitInstance, { subject, coverage }: Cluster): "Aligned" | "Mixed" | "Unknown" {
  if (instance.spread > 0 || (instance.crdDistance ?? 0) > 0 || crdsBehind(instance.highestMinor, subject)) return "Mixed";
  // Files say nothing of the CRDs of a cluster: there the controllers alone are judged.
  if (subject.look.files === undefined && !coverage.crds) return "Unknown";
  return instance.minor === undefined || instance.minors.some((minor) => minor.at !== "Known") ? "Unknown" : "Aligned";
}

export interface Skew {
  /** Within one minor, and each controller finds the API version that it asks for. */
  allowed: boolean;
  facts: { skew: string; remedy: string };
}

/** Says what is apart, and what brings it together. The gravest first, and the first that is found is said. Only for a Mixed installation. */
export function skewOf(instance: ToolkitInstance, cluster: Cluster): Skew {
  const { spread, crdDistance = 0 } = instance;
  const allowed = spread <= 1 && crdDistance <= 1;
  if (spread > 1) return { allowed, facts: amongControllers(instance) };
  const behind = crdsBehind(instance.highestMinor, cluster.subject);
  if (crdDistance > 0) return { allowed, facts: againstCrds(instance, behind, cluster) };
  if (behind) return { allowed: findsItsVersions(instance, behind, cluster.subject), facts: amongCrds(behind, cluster) };
  return { allowed, facts: amongControllers(instance) };
}

function amongControllers(instance: ToolkitInstance): Skew["facts"] {
  const minors = [...new Set(instance.minors.flatMap((minor) => (minor.at === "Known" ? [minor.minor] : [])))].sort(compareVersions);
  const newest = minors.at(-1) ?? "one minor";
  const apart = instance.spread > 1 ? "more than one minor apart" : "one minor apart, which is allowed for a while";
  return { skew: `Controllers of ${listed(minors)} run in ${instance.namespace}: ${apart}.`, remedy: `Bring all of them to ${newest}.` };
}

function amongCrds(behind: CatchUp, { subject }: Cluster): Skew["facts"] {
  return { skew: behindWords(behind, subject), remedy: catchUpSentence(behind, subject) };
}

function againstCrds(instance: ToolkitInstance, behind: CatchUp | undefined, cluster: Cluster): Skew["facts"] {
  const { subject } = cluster;
  const crds = minorOfRelease(crdRelease(subject) ?? "") ?? "";
  const minor = furthest(instance, crds, cluster);
  const far = (instance.crdDistance ?? 0) > 1;
  const several = cluster.toolkits.length > 1;
  const shared = several ? ", and keep the CRDs in one installation only" : "";
  const skew = `Controllers of ${minor} work on CRDs of ${crds}: ${far ? "more than one minor apart" : "one minor apart, which is allowed"}.`;
  const above = compareVersions(minor, crds) > 0;
  if (above && !(behind && isBarred(behind))) return { skew, remedy: `Install the CRDs of ${minor}${shared}.` };
  const catchingUp = behind ? [...(isWhole(behind, subject) ? [] : [behindWords(behind, subject)]), catchUpSentence(behind, subject)] : [];
  const target = far ? `${previousMinor(crds, cluster)} or ${crds}` : `${crds} with its next upgrade`;
  const bring = `Bring ${instance.namespace} to ${target}${far ? shared : ""}.`;
  const after = above ? (several ? ["Keep the CRDs in one installation only."] : []) : [bring];
  return { skew, remedy: [...catchingUp, ...after].join(" ") };
}

/** The controllers furthest from the CRDs, below or above them. */
function furthest(instance: ToolkitInstance, crds: string, cluster: Cluster): string {
  const order = minorsAt(cluster.subject.data.releases, cluster.subject.now);
  const distance = (minor: string) => Math.abs(order.indexOf(minor) - order.indexOf(crds));
  const [low = "", high = low] = [instance.minor, instance.highestMinor];
  return distance(high) > distance(low) ? high : low;
}

function previousMinor(minor: string, cluster: Cluster): string {
  const known = cluster.subject.data.releases.releases
    .map((release) => minorOfRelease(release.version))
    .filter((value) => value !== undefined);
  return (
    known
      .filter((value) => compareVersions(value, minor) < 0)
      .sort(compareVersions)
      .at(-1) ?? minor
  );
}
