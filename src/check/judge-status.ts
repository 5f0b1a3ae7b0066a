/** Whether MigrationStatus/cluster is kept true, as far as it tells itself. What it says of Flux is no matter here. */
import semver from "semver";
import * as z from "zod";
import { FIELD_MANAGER, SINGLETON } from "../api/group.ts";
import { MigrationStatusSpec, MigrationStatusStatus, ObjectMeta } from "../api/migration-status.ts";
import { ignoredBy } from "../assess/ignore.ts";
import { span } from "./ago.ts";
import type { Asked } from "./ask.ts";
import type { Finding } from "./finding.ts";
import { unread } from "./unread.ts";

/** What a newer operator adds to a status is passed over. */
const Status = MigrationStatusStatus.pick({ observedGeneration: true, cluster: true, operator: true, conditions: true }).extend({
  inventory: z
    .looseObject({
      components: z.array(z.looseObject({ namespace: z.string(), workload: z.looseObject({ name: z.string() }) })).optional(),
      omittedComponents: z.int().optional(),
    })
    .optional()
    .catch(undefined),
});
type Status = z.infer<typeof Status>;

/** Who wrote which part, and when. Before Kubernetes 1.22 it does not tell a status from the rest. */
const Managed = z.looseObject({
  manager: z.string().nullish(),
  subresource: z.string().nullish(),
  time: z.iso.datetime({ offset: true }).nullish(),
});

/** The parts of a MigrationStatus that are judged. */
export const Kept = z.looseObject({
  metadata: ObjectMeta.extend({ managedFields: z.array(Managed).nullish() }),
  spec: z.looseObject({ suspend: z.boolean().optional(), ignore: MigrationStatusSpec.shape.ignore.catch(undefined) }).nullish(),
  status: Status.nullish(),
});
export type Kept = z.infer<typeof Kept>;

const AT = `MigrationStatus/${SINGLETON}`;
const LOG = "read the operator's log";

/** What it is measured by. */
export interface Expected {
  readonly programVersion: string;
  /** The name that status.cluster should bear; undefined where nobody said one. */
  readonly clusterName?: string;
}

export function judgeStatus(asked: Asked<Kept>, expected: Expected, now: Date): Finding[] {
  if (asked.at === "Absent") {
    const next = `see that the operator runs, then ${LOG}: it makes this object as soon as it can`;
    return [{ level: "Failed", at: AT, found: "is not there", next }];
  }
  if (asked.at !== "Found") return [unread(AT, asked)];
  const { metadata, spec, status } = asked.value;
  const suspended: Finding[] = spec?.suspend
    ? [{ level: "Warning", at: AT, found: "spec.suspend is true: nothing is written", next: "take spec.suspend away to go on" }]
    : [];
  if (!status?.conditions) return [...suspended, { level: "Failed", at: AT, found: "has no status yet", next: LOG }];
  return [
    ...suspended,
    ...conditionFindings(status),
    ...writerFinding(status, expected.programVersion, lastWritten(metadata, now)),
    ...generationFinding(status, metadata.generation ?? 0, spec?.suspend === true),
    ...nameFinding(status, expected.clusterName),
    ...ignoreFindings(status, spec?.ignore ?? [], now),
  ];
}

/** A name that is misspelt sets nothing aside, in silence. An entry that has ended did its work. */
function ignoreFindings({ inventory }: Status, entries: NonNullable<MigrationStatusSpec["ignore"]>, now: Date): Finding[] {
  const { components, omittedComponents = 0 } = inventory ?? {};
  if (components === undefined || omittedComponents > 0) return [];
  return entries.flatMap((entry, index): Finding[] => {
    const { namespace, name } = entry;
    if (!ignoredBy({ namespace, workload: { name: name ?? "" } }, [entry], now)) return [];
    if (components.some((component) => ignoredBy(component, [entry], now))) return [];
    const found = `spec.ignore[${index}] (${namespace}/${name ?? "*"}) sets nothing aside: no component has this name`;
    return [
      {
        level: "Warning",
        at: AT,
        found,
        next: "write its names as status.inventory.components has them; keep it where the workload cannot be read",
      },
    ];
  });
}

function conditionFindings({ conditions = [] }: Status): Finding[] {
  const find = (type: string) => conditions.find((condition) => condition.type === type);
  const ready = find("Ready");
  const stalled = find("Stalled");
  const stale = find("DataStale");
  const said = `Ready is ${ready?.status ?? "missing"}${ready ? ` (${ready.reason}): ${ready.message}` : ""}`;
  return [
    ready?.status === "True"
      ? { level: "Good", at: AT, found: said }
      : { level: "Failed", at: AT, found: said, next: `${LOG}; kubectl describe migstat ${SINGLETON} shows all conditions` },
    ...(stalled?.status === "True"
      ? [{ level: "Failed", at: AT, found: `Stalled (${stalled.reason}): ${stalled.message}`, next: "mend what it names" } as const]
      : []),
    ...(stale?.status === "True"
      ? [{ level: "Warning", at: AT, found: `DataStale: ${stale.message}`, next: "upgrade, or mount newer release data" } as const]
      : []),
  ];
}

/** Told and not judged: where nothing changes, nothing is written. */
function lastWritten({ managedFields }: Kept["metadata"], now: Date): string {
  const times = (managedFields ?? [])
    .filter(({ manager, subresource }) => manager === FIELD_MANAGER && subresource === "status")
    .flatMap(({ time }) => (time ? [Date.parse(time)] : []));
  return times.length === 0 ? "" : `; last written ${span(Math.max(0, now.getTime() - Math.max(...times)))} ago`;
}

/** @param last how long ago it was written; empty where the server does not keep that */
function writerFinding({ operator }: Status, own: string, last: string): Finding[] {
  const writer = operator?.version;
  if (writer === undefined) return [{ level: "Failed", at: AT, found: "does not say which operator wrote it", next: LOG }];
  const order = semver.valid(writer) && semver.valid(own) ? semver.compare(writer, own) : undefined;
  if (writer === own || order === 0)
    return [{ level: "Good", at: AT, found: `was written by ${writer}, the version of this program${last}` }];
  if (order === 1) {
    const found = `was written by ${writer}, which is newer than this program, ${own}: an operator of ${own} writes no more`;
    return [{ level: "Failed", at: AT, found, next: `upgrade the operator, and this program, to ${writer} or later` }];
  }
  return [
    {
      level: "Warning",
      at: AT,
      found: `was last written by ${writer}; this program is ${own}`,
      next: `upgrade the operator to ${own}; where it is that already, ${LOG}`,
    },
  ];
}

function generationFinding({ observedGeneration = 0 }: Status, generation: number, suspended: boolean): Finding[] {
  if (suspended || observedGeneration >= generation) return [];
  const found = `answers generation ${observedGeneration} of its spec, which is at ${generation}`;
  return [{ level: "Failed", at: AT, found, next: `run this check again in some seconds, then ${LOG}` }];
}

function nameFinding({ cluster }: Status, wanted: string | undefined): Finding[] {
  if (wanted === undefined || cluster === undefined || cluster.name === wanted) return [];
  const found = `names this cluster "${cluster.name}"; want "${wanted}", as clusterName says`;
  return [{ level: "Failed", at: AT, found, next: "see that --context is the right one, and that the operator has the same clusterName" }];
}
