/**
 * The users of the control plane: static tokens, and a kubeconfig for each. What a user may do is RBAC's matter, which a test sets up itself.
 */
import { randomUUID } from "node:crypto";
import { dump } from "js-yaml";

interface UserEntry {
  readonly user: string;
  readonly groups: readonly string[];
}

/** The user name under which the API server knows the operator's ServiceAccount: a binding to that ServiceAccount holds for this user. */
export const OPERATOR_USER = "system:serviceaccount:flux-migration:flux-migration-operator";

/** All may do what their groups may; the API server adds system:authenticated to each. */
const USERS = {
  /** May do everything, RBAC or not. */
  admin: { user: "admin", groups: ["system:masters"] },
  operator: { user: OPERATOR_USER, groups: ["system:serviceaccounts", "system:serviceaccounts:flux-migration", "system:authenticated"] },
  /** Known to the API server, and without any right of its own. */
  nobody: { user: "nobody", groups: [] },
} as const satisfies Record<string, UserEntry>;

export type ControlPlaneUser = keyof typeof USERS;

export type Tokens = Readonly<Record<ControlPlaneUser, string>>;

export function newTokens(): Tokens {
  return { admin: randomUUID(), operator: randomUUID(), nobody: randomUUID() };
}

/** For kube-apiserver's --token-auth-file: lines of token, user, uid, "group,group". */
export function tokenFile(tokens: Tokens): string {
  const entries: [string, UserEntry][] = Object.entries(USERS);
  const tokenOf = new Map<string, string>(Object.entries(tokens));
  return entries.map(([name, { user, groups }]) => `${tokenOf.get(name)},${user},${name},"${groups.join(",")}"\n`).join("");
}

/** @param ca certificate of the authority, PEM; embedded, so that the file can be read from anywhere */
export function kubeconfigText(server: string, ca: string, user: ControlPlaneUser, token: string): string {
  return dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "control-plane", cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: `${user}@control-plane`, context: { cluster: "control-plane", user } }],
    "current-context": `${user}@control-plane`,
  });
}
