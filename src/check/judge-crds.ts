/** Whether our CRDs in a cluster are those of this program. Asks nobody, and says nothing of the CRDs of Flux. */
import semver from "semver";
import * as z from "zod";
import { VERSION as API_VERSION } from "../api/group.ts";
import { publishedCrds } from "../operator/install-crds.ts";
import type { Asked } from "./ask.ts";
import { type Comparison, compareSchemas, saysAnywhere } from "./crd-schema.ts";
import type { Finding } from "./finding.ts";
import { unread } from "./unread.ts";

/** What the form for Kubernetes below 1.25 lacks. */
const RULES = "x-kubernetes-validations";

/** Fields by which schemas differ that are named; the others are counted. */
const SHOWN_FIELDS = 3;

const Version = z.looseObject({
  name: z.string(),
  served: z.boolean(),
  storage: z.boolean(),
  schema: z.looseObject({ openAPIV3Schema: z.unknown() }).nullish(),
  subresources: z.looseObject({ status: z.looseObject({}).nullish() }).nullish(),
});

/** A CRD as the API server, or a file, has it. */
export const Crd = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).nullish(),
    deletionTimestamp: z.string().nullish(),
  }),
  spec: z.looseObject({ versions: z.array(Version) }),
  status: z
    .looseObject({
      storedVersions: z.array(z.string()).nullish(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().nullish() })).nullish(),
    })
    .nullish(),
});
export type Crd = z.infer<typeof Crd>;

/** What this program brings for one CRD. */
export interface WantedCrd {
  /** In the form that this server takes. */
  readonly crd: Crd;
  /** The file to apply, as the project names it. */
  readonly file: string;
  readonly programVersion: string;
}

/** @returns each thing that is wrong, or one line that says that all is right */
export function judgeCrd(asked: Asked<Crd>, wanted: WantedCrd): Finding[] {
  const at = `CRD ${wanted.crd.metadata.name}`;
  const next = `kubectl apply -f ${publishedCrds(wanted.file, wanted.programVersion)}; with Helm, upgrade the chart`;
  if (asked.at === "Absent") return [{ level: "Failed", at, found: "is not installed", next }];
  if (asked.at !== "Found") return [unread(at, asked)];
  const crd = asked.value;
  const problems = [notEstablished(crd), notServed(crd), otherSchema(crd, wanted), foreignStorage(crd)].filter(
    (problem) => problem !== undefined,
  );
  if (problems.length > 0) return problems.map((problem) => ({ at, next, ...problem }));
  return [
    { level: "Good", at, found: `${API_VERSION} is established, served and stored, and its schema is that of ${wanted.programVersion}` },
  ];
}

type Problem = Omit<Finding, "at">;

function notEstablished({ metadata, status }: Crd): Problem | undefined {
  if (metadata.deletionTimestamp) {
    return { level: "Failed", found: "is being deleted, with all its objects", next: "wait until it is gone, then install it again" };
  }
  const conditions = status?.conditions ?? [];
  if (conditions.some(({ type, status: is }) => type === "Established" && is === "True")) return undefined;
  const why = conditions.find(({ type, status: is }) => type === "NamesAccepted" && is === "False")?.message;
  return {
    level: "Failed",
    found: `is not established${why ? `: ${why}` : " yet"}`,
    next: why ? "remove the CRD that holds these names" : "run this check again in some seconds",
  };
}

function notServed({ spec }: Crd): Problem | undefined {
  const ours = spec.versions.find(({ name }) => name === API_VERSION);
  if (ours?.served && ours.storage) {
    return ours.subresources?.status
      ? undefined
      : { level: "Failed", found: `has no status subresource in ${API_VERSION}, so no status can be written` };
  }
  const found = spec.versions.map(({ name, served, storage }) => `${name}${served ? "" : " (not served)"}${storage ? " (stored)" : ""}`);
  return { level: "Failed", found: `has the versions ${found.join(", ")}; want ${API_VERSION}, served and stored` };
}

function otherSchema(crd: Crd, { crd: ours, programVersion }: WantedCrd): Problem | undefined {
  const theirs = schemaOf(crd);
  if (theirs === undefined) return undefined; // notServed has said it
  const comparison = compareSchemas(theirs, schemaOf(ours));
  if (comparison.at === "Same") return undefined;
  if (comparison.at === "Older" && comparison.facts.every(({ keyword }) => keyword === RULES) && !saysAnywhere(theirs, RULES)) {
    return {
      level: "Warning",
      found: "has the form for Kubernetes below 1.25, without the rules by which this server would refuse a wrong spec",
    };
  }
  const where = fields(comparison.facts.map(({ place }) => place));
  switch (directionOf(crd, comparison, programVersion)) {
    case "Older":
      return { level: "Failed", found: `its schema is older than that of ${programVersion}, by ${where}: what it does not know is lost` };
    case "Newer":
      return {
        level: "Warning",
        found: `its schema is newer than that of ${programVersion}, by ${where}`,
        next: "upgrade the operator, and this program, to the version that the CRD came with",
      };
    case "Different":
      return { level: "Failed", found: `its schema is another than that of ${programVersion}, by ${where}: writes may be refused` };
  }
}

/** Where the schemas alone cannot tell, the version that an installation noted on the CRD may. */
function directionOf({ metadata }: Crd, { at }: Exclude<Comparison, { at: "Same" }>, programVersion: string) {
  const noted = semver.valid(metadata.labels?.["app.kubernetes.io/version"]);
  const own = semver.valid(programVersion);
  if (at !== "Different" || !noted || !own) return at;
  const order = semver.compare(noted, own);
  return order === 0 ? at : order < 0 ? "Older" : "Newer";
}

function foreignStorage({ status }: Crd): Problem | undefined {
  const others = (status?.storedVersions ?? []).filter((name) => name !== API_VERSION);
  if (others.length === 0) return undefined;
  return {
    level: "Warning",
    found: `objects may still be stored as ${others.join(", ")}: a later CRD without these versions would be refused`,
    next: `write each object once (kubectl annotate), then leave only ${API_VERSION} in status.storedVersions`,
  };
}

function schemaOf({ spec }: Crd): unknown {
  return spec.versions.find(({ name }) => name === API_VERSION)?.schema?.openAPIV3Schema;
}

function fields(places: readonly string[]): string {
  const once = [...new Set(places)];
  const shown = once.slice(0, SHOWN_FIELDS).map((place) => (place === "" ? "its root" : place));
  const more = once.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
