/** Names of resources and their addresses on an API server. Asks nothing. */

/** A served resource; the core group is the empty string. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export const NAMESPACES: ResourceType = { group: "", version: "v1", plural: "namespaces" };

/** One object of a resource; without a namespace where the resource is cluster-scoped. */
export interface ObjectAddress {
  readonly resource: ResourceType;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** @returns the name that RBAC and kubectl use: `deployments.apps`, `namespaces`. */
export function resourceName(resource: ResourceType): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** @returns the path of all objects of a resource, in one namespace or in all. */
export function collectionPath(resource: ResourceType, namespace?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${encodeURIComponent(resource.group)}`;
  const within = namespace === undefined ? "" : `namespaces/${encodeURIComponent(namespace)}/`;
  return `${root}/${encodeURIComponent(resource.version)}/${within}${encodeURIComponent(resource.plural)}`;
}

/** @returns the path of one object, or of one of its subresources. */
export function objectPath(address: ObjectAddress, subresource?: "status"): string {
  const path = `${collectionPath(address.resource, address.namespace)}/${encodeURIComponent(address.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
