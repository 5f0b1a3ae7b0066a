/** Whether the API server answers, and runs a Kubernetes that the operator can work with. Asks nobody. */
import type { ServerVersion } from "../kube/discovery.ts";
import type { Lookup } from "../kube/lookup.ts";
import type { Finding } from "./finding.ts";

/** The lowest that the operator is tested on. Flux 1 still runs there. */
const LOWEST = { major: 1, minor: 20 };

export const HOW_TO_REACH = "see that --kubeconfig and --context lead to a cluster that runs, and that the credential holds";

/** @param at the server's address */
export function judgeServer(version: Lookup<ServerVersion>, at: string): Finding {
  if (version.at !== "Found") {
    const found = version.at === "Absent" ? "knows no /version" : version.why;
    return { level: "Unread", at, found, next: HOW_TO_REACH };
  }
  const { major, minor, gitVersion } = version.value;
  const found = `answers, Kubernetes ${gitVersion}; want ${LOWEST.major}.${LOWEST.minor} or later`;
  const enough = major > LOWEST.major || (major === LOWEST.major && minor >= LOWEST.minor);
  return enough ? { level: "Good", at, found } : { level: "Failed", at, found, next: "upgrade Kubernetes first" };
}
