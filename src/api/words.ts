/** The closed sets of words that a status is made of, and what each says. Not for words that are data: phases, actions. */
import * as z from "zod";
import { TRACKS } from "../timetable/track.ts";

/** Looked, and it is not there. */
export const NONE = "None";
/** Could not look. Never said of something that was seen. */
export const UNKNOWN = "Unknown";
/** Seen, without a version that can be read: neither None nor Unknown would be true. */
export const PRESENT = "Present";

/** Lists that are always written whole. With map keys, managedFields would hold every entry a second time. */
export const atomic = { "x-kubernetes-list-type": "atomic" };

export const Track = z.enum(TRACKS);

/** From harmless to grave; comparisons go by this order. */
export const SEVERITIES = ["None", "Info", "Warning", "Critical"] as const;
export const Severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof Severity>;

export function gravestFirst(a: { readonly severity: Severity }, b: { readonly severity: Severity }): number {
  return SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
}

export const Support = z.enum(["Current", "Supported", "Ending", "EndOfSupport", "Unknown", "None"]);
export type Support = z.infer<typeof Support>;

export const Migration = z.enum(["NotInstalled", "NotStarted", "InProgress", "LeftoversRemain", "Complete", "Unknown"]);
export type Migration = z.infer<typeof Migration>;

/** The five steps of a migration, in their official order. Source: fluxcd.io, "Migrate from Flux v1". */
export const STEPS = ["InstallToolkit", "StopFluxd", "RemoveFluxd", "RemoveHelmOperator", "RemoveLeftovers"] as const;
export const Step = z.enum(STEPS);
export type Step = z.infer<typeof Step>;

export const Alignment = z.enum(["Aligned", "Mixed", "Unknown"]);

export const BlockedBy = z.enum(["None", "StoredVersions", "KubernetesTooOld", "Unknown"]);
export type BlockedBy = z.infer<typeof BlockedBy>;

export const DeadlineKind = z.enum(["Row", "SupportEnd", "IgnoreEnd", "DataStale"]);
