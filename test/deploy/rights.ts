/** The operator's rights one by one, as RBAC has them: a list of rules says several at once. The rules: src/operator/permissions.ts. */
import { expect } from "@jest/globals";
import { PATH_PERMISSIONS, type Permission } from "../../src/operator/permissions.ts";
import type { AuditEvent, ControlPlane } from "../control-plane/control-plane.ts";
import { OPERATOR_USER } from "../control-plane/users.ts";
import { crdManifest } from "../integration/operator/manifests.ts";
import { eventually } from "../integration/operator/operator-fixture.ts";
import { data } from "../unit/assess/subject-builder.ts";

/** One verb on one resource. */
export interface Right {
  readonly group: string;
  /** `migrationstatuses/status` for a subresource. */
  readonly resource: string;
  readonly verb: string;
  /** Undefined: on all objects. */
  readonly resourceNames?: readonly string[];
}

export function rightsOf(permissions: readonly Permission[]): Right[] {
  return permissions.flatMap(({ group, resources, verbs, resourceNames }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb, ...(resourceNames ? { resourceNames } : {}) }))),
  );
}

/** `list deployments.apps`, `get namespaces kube-system`. */
export function rightText({ group, resource, verb, resourceNames = [] }: Right): string {
  return [verb, group === "" ? resource : `${resource}.${group}`, ...resourceNames].join(" ");
}

/** As the rules of a role. */
export function rulesOf(rights: readonly Right[]): object[] {
  return rights.map(({ group, resource, verb, resourceNames }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
    ...(resourceNames ? { resourceNames } : {}),
  }));
}

/** Rules for paths, which no right of this file covers. */
export const PATH_RULES = PATH_PERMISSIONS.map(({ paths, verbs }) => ({ nonResourceURLs: [...paths], verbs: [...verbs] }));

/** Whether RBAC lets this request through for this right. */
export function covers(right: Right, request: AuditEvent): boolean {
  const resource = request.subresource === "" ? request.resource : `${request.resource}/${request.subresource}`;
  const named = right.resourceNames === undefined || right.resourceNames.includes(request.name);
  return right.group === request.group && right.resource === resource && right.verb === request.verb && named;
}

/** Waits until the operator's account has a right, or has it no more: RBAC reads its own objects through a watch.
 *  @param namespace of what is namespaced; without it, the right must hold in all */
export async function untilAllowed(controlPlane: ControlPlane, right: Right, wanted: boolean, namespace?: string): Promise<void> {
  const { group, verb, resourceNames: [name] = [] } = right;
  const [resource, subresource] = right.resource.split("/");
  const spec = { user: OPERATOR_USER, resourceAttributes: { namespace, verb, group, resource, subresource, name } };
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
  await eventually(
    () => controlPlane.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body),
    (review) => expect(review.body).toMatchObject({ status: { allowed: wanted } }),
  );
}

/** A CRD for each kind of Flux that the data knows, so that a kind without a right shows. */
export function fluxKinds(): ReturnType<typeof crdManifest>[] {
  const flux1 = data.catalogue.crds.flatMap((row) => ("name" in row ? [row.name] : []));
  const toolkit = data.reference.apis.crds.map(({ crd }) => crd);
  return [...flux1, ...toolkit].map((name) => crdManifest(name, `Kind${name.split(".")[0]}`));
}
