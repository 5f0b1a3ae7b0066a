/** Of which Helm a HelmRelease v1 is, as far as it and its operator say so. One that may be of Helm 2 is never translated silently. */
import { HELM_RELEASE_V1, HELM_RELEASE_V1BETA1, type HelmReleaseV1, releaseNameOf, targetNamespaceOf } from "./helm-release-v1.ts";
import type { Ledger } from "./ledger.ts";
import { code, command } from "./markdown.ts";

/**
 * @param release with a target namespace that is a name
 * @param helmVersions `v2`, `v3`: those that its operator runs. A release that names none is of the first.
 * @returns why it is not known to be of Helm 3; then a step says what to do. Undefined where it is of Helm 3
 */
export function notHelm3(subject: string, release: HelmReleaseV1, helmVersions: readonly string[], ledger: Ledger): string | undefined {
  const { apiVersion, spec } = release;
  const old = apiVersion === HELM_RELEASE_V1BETA1;
  if (spec.helmVersion ? spec.helmVersion !== "v3" : old) {
    const write = old ? `write the object as ${code(HELM_RELEASE_V1)}, ` : "";
    const reader = old ? "a Helm Operator of 1.0 or later" : "the Helm Operator";
    const none = old ? " Where Helm has no such release, remove the object." : "";
    ledger.chore(
      "Prepare",
      `${code(subject)} is a release of Helm 2. Convert it with ${code("helm 2to3 convert")}, ${write}set ${code("spec.helmVersion: v3")}, see ${reader} release it, and plan again.${none}`,
    );
    return `${spec.helmVersion ? "the release is one of Helm 2" : "absent, and operators of this API version knew Helm 2 alone"}: first helm-2to3`;
  }
  if (spec.helmVersion || !helmVersions.includes("v2")) return undefined;
  ledger.chore(
    "Prepare",
    `${code(subject)} names no ${code("helmVersion")}, which is ${code(helmVersions[0] ?? "")} by what was seen of the Helm Operator, and may be a release of Helm 2. Where Helm 3 lists ${code(releaseNameOf(release))}, set ${code("spec.helmVersion: v3")}; else convert it with ${code("helm 2to3 convert")} before that. See the Helm Operator release it, and plan again:`,
    [command("helm", "-n", targetNamespaceOf(release), "ls", "--all")],
  );
  return "absent, and the release may be one of Helm 2: see the step Prepare";
}
