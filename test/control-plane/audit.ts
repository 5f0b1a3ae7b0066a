/**
 * The API server's audit log: the policy that fills it and the events in it. It is the best witness there is of who asked for what, and when.
 */
import { readFile } from "node:fs/promises";
import * as z from "zod";

/** Resources of one API group, subresources named as RBAC does: `migrationstatuses/status`. */
export interface AuditedResources {
  readonly group: string;
  readonly resources: readonly string[];
}

/**
 * Metadata of every request. A watch leaves two events, at its start and at its end; RequestReceived would add a third.
 * @param bodiesOf what is written to these is logged with what was sent and what was answered
 */
export function auditPolicy(bodiesOf: readonly AuditedResources[]): object {
  return {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [
      ...(bodiesOf.length === 0 ? [] : [{ level: "RequestResponse", verbs: ["create", "update", "patch", "delete"], resources: bodiesOf }]),
      { level: "Metadata" },
    ],
  };
}

/** Who bears a token that is bound to a pod has this among its extras. Source: apiserver, pkg/authentication/serviceaccount/util.go. */
const POD_NAME = "authentication.kubernetes.io/pod-name";

const AuditLine = z
  .object({
    auditID: z.string(),
    stage: z.string(),
    requestURI: z.string(),
    verb: z.string(),
    user: z.object({ username: z.string().default(""), extra: z.record(z.string(), z.array(z.string())).default({}) }),
    userAgent: z.string().default(""),
    objectRef: z
      .object({
        apiGroup: z.string().default(""),
        resource: z.string().default(""),
        subresource: z.string().default(""),
        namespace: z.string().default(""),
        name: z.string().default(""),
      })
      .optional(),
    responseStatus: z.object({ code: z.int().optional() }).optional(),
    requestObject: z.unknown().optional(),
    responseObject: z.unknown().optional(),
    requestReceivedTimestamp: z.iso.datetime({ offset: true }),
    stageTimestamp: z.iso.datetime({ offset: true }),
  })
  .transform((line) => ({
    /** The same for all events of one request. */
    id: line.auditID,
    /** ResponseStarted (of a watch), ResponseComplete, or Panic. */
    stage: line.stage,
    user: line.user.username,
    /** The pod that the user's token is bound to; undefined for any other token. */
    pod: line.user.extra[POD_NAME]?.[0],
    /** The verb of RBAC: get, list, watch, create, update, patch, delete; for a path that is no resource the HTTP method in small letters. */
    verb: line.verb,
    /** Path and query. */
    uri: line.requestURI,
    /** Empty, as the next four, where the request has none. */
    group: line.objectRef?.apiGroup ?? "",
    resource: line.objectRef?.resource ?? "",
    subresource: line.objectRef?.subresource ?? "",
    namespace: line.objectRef?.namespace ?? "",
    name: line.objectRef?.name ?? "",
    /** HTTP status of the answer. */
    code: line.responseStatus?.code,
    userAgent: line.userAgent,
    /** What was sent and what was answered, for the resources whose bodies are asked for; undefined for all others. */
    sent: line.requestObject,
    answered: line.responseObject,
    receivedAt: new Date(line.requestReceivedTimestamp),
    /** When the stage was reached, so for ResponseComplete the end of the request. */
    at: new Date(line.stageTimestamp),
  }));

/** One event of the audit log, in this project's words. Source: apiserver, pkg/apis/audit/v1/types.go. */
export type AuditEvent = z.infer<typeof AuditLine>;

/** Events in the order in which they were written. A line that is still being written is left for the next call. */
export async function readAuditLog(file: string): Promise<AuditEvent[]> {
  const text = await readFile(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => AuditLine.parse(JSON.parse(line)));
}
