/** The manifests in deploy/ that are made from others, by path. What a person writes in deploy/ stays as it is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CrdForm } from "../../src/api/generate/custom-resource.ts";
import { clusterRulesFile, leaseRbacFile, leaseRulesFile, rbacFile } from "./rbac.ts";

const BASE = join(import.meta.dirname, "../../deploy/base");

/** @param crds text of both CRD files */
export function manifestFiles(crds: Readonly<Record<CrdForm, string>>): ReadonlyMap<string, string> {
  const rbac = rbacFile();
  return new Map([
    ["deploy/base/rbac.yaml", rbac],
    ["deploy/components/ha/rbac.yaml", leaseRbacFile()],
    ["deploy/install.yaml", installFile(crds.Cel, rbac)],
    ["deploy/install-legacy.yaml", installFile(crds.Legacy, rbac)],
    ["deploy/chart/files/cluster-rules.yaml", clusterRulesFile()],
    ["deploy/chart/files/lease-rules.yaml", leaseRulesFile()],
    ["deploy/chart/files/crds.yaml", crds.Cel],
    ["deploy/chart/files/crds-legacy.yaml", crds.Legacy],
  ]);
}

/** deploy/base in one file, in the order to apply it. */
function installFile(crds: string, rbac: string): string {
  const [namespace = "", service = "", deployment = ""] = ["namespace.yaml", "service.yaml", "deployment.yaml"].map((file) =>
    readFileSync(join(BASE, file), "utf8"),
  );
  // The header of the CRDs is a document of its own, which would be an empty one here.
  const documents = [namespace, crds.replace(/^(#.*\n)+---\n/, ""), rbac, service, deployment];
  return `# Made by npm run generate from deploy/base and crds. Change those.\n${documents.join("---\n")}`;
}
