/**
 * Where the objects of a kind live: asks the API server for the resources of an apiVersion, and remembers them for one control plane.
 */
import * as z from "zod";
import type { ControlPlane } from "./control-plane.ts";

const ResourceList = z.object({ resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })) });

export interface Resource {
  /** Name in paths: "deployments". */
  readonly plural: string;
  readonly namespaced: boolean;
}

type ResourcesByKind = ReadonlyMap<string, Resource>;

const remembered = new WeakMap<ControlPlane, Map<string, ResourcesByKind>>();

/** @returns undefined where the server knows no such kind. What is unknown is asked again: a CRD may have been installed meanwhile. */
export async function resourceOf(controlPlane: ControlPlane, apiVersion: string, kind: string): Promise<Resource | undefined> {
  const known = remembered.get(controlPlane) ?? new Map<string, ResourcesByKind>();
  remembered.set(controlPlane, known);
  const resource = known.get(apiVersion)?.get(kind);
  if (resource !== undefined) return resource;
  const asked = await resourcesOf(controlPlane, apiVersion);
  known.set(apiVersion, asked);
  return asked.get(kind);
}

/** @param name leave out for the path of the collection */
export function pathOf(apiVersion: string, resource: Resource, namespace: string | undefined, name?: string): string {
  const parts = [rootOf(apiVersion)];
  if (resource.namespaced) parts.push("namespaces", encodeURIComponent(namespace ?? "default"));
  parts.push(resource.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  return parts.join("/");
}

async function resourcesOf(controlPlane: ControlPlane, apiVersion: string): Promise<ResourcesByKind> {
  const { status, body } = await controlPlane.request("GET", rootOf(apiVersion));
  if (status === 404) return new Map();
  if (status !== 200) throw new Error(`GET ${rootOf(apiVersion)}: the API server answered ${status}`);
  const { resources } = ResourceList.parse(body);
  // "deployments/status" and the like have the kind of what they return.
  const whole = resources.filter((resource) => !resource.name.includes("/"));
  return new Map(whole.map(({ kind, name, namespaced }) => [kind, { plural: name, namespaced }]));
}

function rootOf(apiVersion: string): string {
  return apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion.split("/").map(encodeURIComponent).join("/")}`;
}
