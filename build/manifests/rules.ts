/** Rights as the text of RBAC rules, each under the comment that says why. Knows no role: rbac.ts has those. */
import type { PathPermission, Permission } from "../../src/operator/permissions.ts";

/** @returns the list that stands under `rules:`, without indentation */
export function rulesText(permissions: readonly (Permission | PathPermission)[]): string {
  return permissions.map(ruleText).join("");
}

function ruleText(permission: Permission | PathPermission): string {
  const { verbs, why } = permission;
  const fields = [
    ...("paths" in permission ? [`nonResourceURLs: ${list(permission.paths)}`] : objectFields(permission)),
    `verbs: ${list(verbs)}`,
  ];
  return `# ${why}\n- ${fields.join("\n  ")}\n`;
}

function objectFields({ group, resources, resourceNames }: Permission): string[] {
  return [
    `apiGroups: ${list([group])}`,
    `resources: ${list(resources)}`,
    ...(resourceNames ? [`resourceNames: ${list(resourceNames)}`] : []),
  ];
}

/** Names of RBAC need no quotes in YAML, but for the empty one of the core group. */
function list(names: readonly string[]): string {
  return `[${names.map((name) => (name === "" ? '""' : name)).join(", ")}]`;
}
