/** The rights that the operator needs, one question each, and what the answers come to. Asks nobody (cluster-facts.ts) and holds no list (permissions.ts). */
import { LEASE_NAME, LEASE_PERMISSIONS, PERMISSIONS, type Permission } from "../operator/permissions.ts";
import type { Asked } from "./ask.ts";
import type { Finding } from "./finding.ts";

/** One verb on one resource, as a SelfSubjectAccessReview asks for it. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly why: string;
  /** Name of the ClusterRole or the Role that grants it, where it is known. */
  readonly role?: string;
}

/** Where a Lease stands. */
export interface LeasePlace {
  readonly name: string;
  readonly namespace: string;
  /** Name of the Role that grants the rights to it, where it is known. */
  readonly role?: string;
}

export interface WantedLease extends LeasePlace {
  /** Whether a leader is to hold it. */
  readonly wanted: boolean;
}

/**
 * @param leases those that no leader is to hold need no rights
 * @param role name of the ClusterRole, where it is known
 */
export function wantedRights(leases: readonly WantedLease[], role?: string): Right[] {
  const cluster = PERMISSIONS.flatMap(rightsOf).map((right) => ({ ...right, ...(role === undefined ? {} : { role }) }));
  return [...cluster, ...leases.flatMap(leaseRights)];
}

function leaseRights({ wanted, name: lease, ...place }: WantedLease): Right[] {
  if (!wanted) return [];
  const named = (permission: Permission): Permission =>
    permission.resourceNames === undefined
      ? permission
      : { ...permission, resourceNames: permission.resourceNames.map((name) => (name === LEASE_NAME ? lease : name)) };
  return LEASE_PERMISSIONS.map(named)
    .flatMap(rightsOf)
    .map((right) => ({ ...right, ...place }));
}

function rightsOf({ group, resources, verbs, resourceNames, why }: Permission): Right[] {
  return resources.flatMap((path) => {
    const [resource = path, subresource = ""] = path.split("/");
    const names = resourceNames ?? [undefined];
    return verbs.flatMap((verb) =>
      names.map((name) => ({ verb, group, resource, subresource, why, ...(name === undefined ? {} : { name }) })),
    );
  });
}

export type AnsweredRight = Right & { readonly allowed: Asked<boolean> };

/** Whose rights they are. */
export interface Holder {
  /** Where the server tells. */
  readonly account?: string | undefined;
  /** Whether it is before an installation: RBAC lets nobody grant a right that they do not hold. */
  readonly pre: boolean;
}

/** @returns one line for all that is granted, and one for each resource on which something is missing */
export function judgeRights(rights: readonly AnsweredRight[], holder: Holder): Finding[] {
  const { account } = holder;
  const who = account ?? "this account";
  const granted = rights.filter(({ allowed }) => allowed.at === "Found" && allowed.value).length;
  const missing = rights.filter(({ allowed }) => allowed.at === "Found" && !allowed.value);
  const unread = rights.flatMap(({ allowed }) =>
    allowed.at === "Found" ? [] : [allowed.at === "Absent" ? "the server knows no SelfSubjectAccessReview" : allowed.why],
  );
  const byObject = Map.groupBy(missing, objectOf);
  return [
    ...(granted > 0 ? [{ level: "Good", at: "rights", found: `${granted} of ${rights.length} granted to ${who}` } as const] : []),
    ...Array.from(byObject, ([object, group]) => missingRight(object, group, who, holder)),
    ...(unread.length > 0
      ? [{ level: "Unread", at: "rights", found: `${unread.length} could not be asked for: ${unread[0]}`, next: "check again" } as const]
      : []),
  ];
}

function missingRight(object: string, rights: readonly AnsweredRight[], who: string, { pre }: Holder): Finding {
  const [first] = rights;
  const called = first?.role ?? "of the operator";
  const granting = first?.namespace === undefined ? `ClusterRole ${called}` : `Role ${called} in ${first.namespace}`;
  return {
    level: "Failed",
    at: `right to ${rights.map(({ verb }) => verb).join(", ")} ${object}`,
    found: `not granted to ${who}; it is for: ${first?.why}`,
    next: pre
      ? "install as somebody who holds it: RBAC lets nobody grant a right that they do not hold"
      : `give that account the ${granting}, whole, as deploy/ or the chart has it`,
  };
}

/** `deployments.apps`, `namespaces kube-system`, `leases.coordination.k8s.io in flux-migration`. */
function objectOf({ group, resource, subresource, name, namespace }: Right): string {
  const kind = `${resource}${group === "" ? "" : `.${group}`}${subresource === "" ? "" : `/${subresource}`}`;
  return [kind, name, namespace === undefined ? undefined : `in ${namespace}`].filter((part) => part !== undefined).join(" ");
}
