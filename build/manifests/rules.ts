/** Rights as the text of RBAC rules, each under the comment that says why. Knows no role: rbac.ts has those. */
import type { Permission } from "../../src/operator/permissions.ts";

/** @returns the list that stands under `rules:`, without indentation */
export function rulesText(permissions: readonly Permission[]): string {
  return permissions.map(ruleText).join("");
}

function ruleText({ group, resources, resourceNames, verbs, why }: Permission): string {
  const fields = [
    `apiGroups: ${list([group])}`,
    `resources: ${list(resources)}`,
    ...(resourceNames ? [`resourceNames: ${list(resourceNames)}`] : []),
    `verbs: ${list(verbs)}`,
  ];
  return `# ${why}\n- ${fields.join("\n  ")}\n`;
}

/** Names of RBAC need no quotes in YAML, but for the empty one of the core group. */
function list(names: readonly string[]): string {
  return `[${names.map((name) => (name === "" ? '""' : name)).join(", ")}]`;
}
