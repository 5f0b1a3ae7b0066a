/** The operator's account and roles, and those through which people read and write our kinds. What the operator may do: permissions.ts. */
import { dump } from "js-yaml";
import { GROUP } from "../../src/api/group.ts";
import { LEASE_PERMISSIONS, PATH_PERMISSIONS, type PathPermission, PERMISSIONS, type Permission } from "../../src/operator/permissions.ts";
import { rulesText } from "./rules.ts";

const HEADER = "# Made by npm run generate from src/operator/permissions.ts. Change that.\n";
const API = "rbac.authorization.k8s.io";
const NAME = "flux-migration-operator";
const NAMESPACE = "flux-migration";
const LABELS = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": NAME };
const OWN_KINDS = { group: GROUP, resources: ["migrationstatuses", "migrationtimetables"] };

const CLUSTER_PERMISSIONS = [...PERMISSIONS, ...PATH_PERMISSIONS];

/** Added to the roles that every cluster has: whoever may view, or edit, everywhere in the cluster may do so with our kinds too. */
const AGGREGATED = [
  {
    name: "flux-migration-view",
    into: ["view", "edit", "admin"],
    rules: [{ ...OWN_KINDS, verbs: ["get", "list", "watch"], why: "what the operator found, and the dates in force" }],
  },
  {
    name: "flux-migration-edit",
    into: ["edit", "admin"],
    rules: [{ ...OWN_KINDS, verbs: ["create", "update", "patch", "delete"], why: "specs; a status is written by the operator alone" }],
  },
];

/** What base brings: an account, what it may do in the whole cluster, and the roles for people. */
export function rbacFile(): string {
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS },
    // The Deployment asks for its token; no other pod that names this account gets one unasked.
    automountServiceAccountToken: false,
  };
  const aggregated = AGGREGATED.map(({ name, into, rules }) => {
    const labels = Object.fromEntries(into.map((role) => [`${API}/aggregate-to-${role}`, "true"]));
    return roleText("ClusterRole", { name, labels: { ...LABELS, ...labels } }, rules);
  });
  return [
    HEADER + dump(account),
    roleText("ClusterRole", { name: NAME, labels: LABELS }, CLUSTER_PERMISSIONS),
    bindingText("ClusterRole", {}),
    ...aggregated,
  ].join("---\n");
}

/** What leader election needs on top, in the operator's namespace. */
export function leaseRbacFile(): string {
  const namespace = NAMESPACE;
  return [HEADER + roleText("Role", { name: NAME, namespace, labels: LABELS }, LEASE_PERMISSIONS), bindingText("Role", { namespace })].join(
    "---\n",
  );
}

/** For charts: the rules alone, as they stand under `rules:`. */
export function clusterRulesFile(): string {
  return HEADER + rulesText(CLUSTER_PERMISSIONS);
}

/** As clusterRulesFile(), for leader election. */
export function leaseRulesFile(): string {
  return HEADER + rulesText(LEASE_PERMISSIONS);
}

function roleText(kind: "ClusterRole" | "Role", metadata: object, permissions: readonly (Permission | PathPermission)[]): string {
  const rules = rulesText(permissions).replaceAll(/^/gm, "  ").trimEnd();
  return `${dump({ apiVersion: `${API}/v1`, kind, metadata })}rules:\n${rules}\n`;
}

function bindingText(kind: "ClusterRole" | "Role", where: { namespace?: string }): string {
  return dump(
    {
      apiVersion: `${API}/v1`,
      kind: `${kind}Binding`,
      metadata: { name: NAME, ...where, labels: LABELS },
      roleRef: { apiGroup: API, kind, name: NAME },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
    },
    { noRefs: true },
  );
}
