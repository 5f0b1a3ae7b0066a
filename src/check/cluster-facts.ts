/** Asks a cluster all that the check judges: with as few rights as the operator has, and at most eight questions at a time. Judges nothing. */
import * as z from "zod";
import { SINGLETON } from "../api/group.ts";
import type { KubeClient } from "../kube/client.ts";
import { LEASES } from "../kube/lease.ts";
import { objectPath } from "../kube/resource.ts";
import { CRDS } from "../operator/crd-watch.ts";
import { STATUSES } from "../operator/own-kinds.ts";
import { type Asked, ask, askObject, askObjects } from "./ask.ts";
import { Crd } from "./judge-crds.ts";
import { Deployment, Lease, OPERATOR_LABEL } from "./judge-operator.ts";
import { Kept } from "./judge-status.ts";
import type { AnsweredRight, LeasePlace, Right } from "./rights.ts";

/** Questions under way at once: one after the other, fifty take seconds on a far cluster; all at once would be a burst. */
const AT_ONCE = 8;

const DEPLOYMENTS = { group: "apps", version: "v1", plural: "deployments" };

const Review = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });
const Self = z.looseObject({ status: z.looseObject({ userInfo: z.looseObject({ username: z.string().min(1) }) }) });

/** @returns the name under which the server knows us; undefined before Kubernetes 1.28, which does not tell */
export async function askAccount(client: KubeClient): Promise<string | undefined> {
  const asked = await ask(
    client,
    {
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    },
    Self,
  );
  return asked.at === "Found" ? asked.value.status.userInfo.username : undefined;
}

export async function askRights(client: KubeClient, rights: readonly Right[]): Promise<AnsweredRight[]> {
  return await eachAtMost(AT_ONCE, rights, async (right) => ({ ...right, allowed: await askRight(client, right) }));
}

async function askRight(client: KubeClient, { why: _why, role: _role, ...resourceAttributes }: Right): Promise<Asked<boolean>> {
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } };
  const asked = await ask(client, { method: "POST", path, body }, Review);
  return asked.at === "Found" ? { at: "Found", value: asked.value.status.allowed } : asked;
}

export function askCrd(client: KubeClient, name: string): Promise<Asked<Crd>> {
  return askObject(client, CRDS, Crd, name);
}

export function askStatus(client: KubeClient): Promise<Asked<Kept>> {
  return askObject(client, STATUSES, Kept, SINGLETON);
}

/** Wherever they are: an installation chooses its namespace. */
export function askDeployments(client: KubeClient): Promise<Asked<Deployment[]>> {
  return askObjects(client, DEPLOYMENTS, Deployment, { label: OPERATOR_LABEL });
}

/** By a get: a Lease is the one thing that the operator has that right to. */
export function askLease(client: KubeClient, { name, namespace }: LeasePlace): Promise<Asked<Lease>> {
  return ask(client, { path: objectPath({ resource: LEASES, name, namespace }) }, Lease);
}

/** Answers stand in the order of the questions. */
async function eachAtMost<T, R>(limit: number, items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const work = async () => {
    for (const [index, item] of queue) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: limit }, work));
  return results;
}
