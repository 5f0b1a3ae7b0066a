/** Whether the operator itself runs: its Deployment, and the Lease by which its replicas choose one. Asks nobody. */
import * as z from "zod";
import { span } from "./ago.ts";
import type { Asked } from "./ask.ts";
import type { Finding } from "./finding.ts";
import type { WantedLease } from "./rights.ts";
import { unread } from "./unread.ts";

/** The label that each of our manifests carries. */
export const OPERATOR_LABEL = "app.kubernetes.io/name=flux-migration-operator";

/** Clocks of this machine and of the leader's may differ by so much before it is worth a word. */
const CLOCK_SKEW_MS = 5_000;

const Container = z.looseObject({
  command: z.array(z.string()).nullish(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().nullish() })).nullish(),
});
const Template = z.looseObject({ spec: z.looseObject({ containers: z.array(Container) }) });

export const Deployment = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({ replicas: z.int().nullish(), template: Template.nullish() }),
  status: z.looseObject({ readyReplicas: z.int().nullish() }).nullish(),
});
export type Deployment = z.infer<typeof Deployment>;

/** Times are instants with microseconds. */
const instant = z.iso.datetime({ offset: true }).nullish();
export const Lease = z.looseObject({
  spec: z.looseObject({
    holderIdentity: z.string().nullish(),
    leaseDurationSeconds: z.int().nullish(),
    acquireTime: instant,
    renewTime: instant,
  }),
});
export type Lease = z.infer<typeof Lease>;

export function judgeDeployments(asked: Asked<Deployment[]>): Finding[] {
  const at = "Deployment of the operator";
  if (asked.at === "Forbidden") return [{ level: "Skipped", at, found: `may not be looked at: ${asked.why}` }];
  if (asked.at === "Absent") {
    return [
      {
        level: "Warning",
        at,
        found: `none has the label ${OPERATOR_LABEL}: the operator runs elsewhere, or not at all`,
        next: "install it with deploy/ or the chart, where it does not run elsewhere on purpose",
      },
    ];
  }
  if (asked.at !== "Found") return [unread(at, asked)];
  const each = asked.value.map(readiness);
  if (each.length < 2) return each;
  const found = `there are several: ${asked.value.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ")}`;
  return [{ level: "Warning", at, found, next: "keep one: they write the same object" }, ...each];
}

function readiness({ metadata, spec, status }: Deployment): Finding {
  const at = `Deployment ${metadata.namespace}/${metadata.name}`;
  const wanted = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const found = `${ready} of ${wanted} replicas are ready`;
  const kubectl = `kubectl -n ${metadata.namespace}`;
  if (wanted === 0)
    return { level: "Failed", at, found: "is scaled to 0", next: `${kubectl} scale deployment ${metadata.name} --replicas=1` };
  if (ready >= wanted) return { level: "Good", at, found };
  return { level: ready === 0 ? "Failed" : "Warning", at, found, next: `${kubectl} describe pods -l ${OPERATOR_LABEL}` };
}

/** Without leader election a Lease need not be there, nor be seen. */
export function judgeLease(asked: Asked<Lease>, { namespace, name, wanted }: WantedLease, now: Date): Finding {
  const at = `Lease ${namespace}/${name}`;
  switch (asked.at) {
    case "Found":
      return judgeLeader(asked.value, at, wanted, now);
    case "Absent":
      return wanted
        ? { level: "Failed", at, found: "is not there: no replica has led yet", next: "see that the replicas run, and read their log" }
        : { level: "Skipped", at, found: "is not there: one replica runs without leader election" };
    case "Forbidden":
      return wanted ? unread(at, asked) : { level: "Skipped", at, found: `may not be looked at: ${asked.why}` };
    case "Unread":
      return unread(at, asked);
  }
}

function judgeLeader({ spec }: Lease, at: string, wanted: boolean, now: Date): Finding {
  const { holderIdentity, acquireTime, renewTime } = spec;
  const grave = wanted ? "Failed" : "Warning";
  const next = wanted ? "see that the replicas run, and read their log" : "delete it where leader election was switched off for good";
  if (!holderIdentity || !renewTime) return { level: grave, at, found: "nobody holds it", next };
  const silentMs = now.getTime() - Date.parse(renewTime);
  const since = acquireTime ? ` since ${acquireTime.replace(/\.\d+/, "")}` : "";
  const durationMs = (spec.leaseDurationSeconds ?? 0) * 1000;
  if (silentMs > durationMs + CLOCK_SKEW_MS) {
    const found = `${holderIdentity} leads no more: it renewed ${span(silentMs)} ago, and was to within ${span(durationMs)}`;
    return { level: grave, at, found, next };
  }
  if (silentMs < -CLOCK_SKEW_MS) {
    const found = `${holderIdentity} leads${since}, and renewed it ${span(-silentMs)} ahead of this machine's clock`;
    return { level: "Warning", at, found, next: "set the clocks: of this machine, or of the node that the leader runs on" };
  }
  return { level: "Good", at, found: `${holderIdentity} leads${since}, renewed ${span(Math.max(0, silentMs))} ago` };
}
