/** Replicas of an election in this process, on a real control plane, with the rights that the operator ships with. Judges nothing. */
import { afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import * as z from "zod";
import type { KubeClient } from "../../src/kube/client.ts";
import { createLeadership, type Leadership, type LeadershipOptions } from "../../src/operator/leadership.ts";
import { LEASE_NAME, LEASE_PERMISSIONS } from "../../src/operator/permissions.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { OPERATOR_USER } from "../control-plane/users.ts";
import { clientFor, create, eventually, type Line, noUnhandledRejections, recordingLog } from "./kube/harness.ts";

export const NAMESPACE = "flux-migration";
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
export const LEASE = `${LEASES}/${LEASE_NAME}`;
const RBAC = "rbac.authorization.k8s.io";
const ROLES = `/apis/${RBAC}/v1/namespaces/${NAMESPACE}/roles`;

export const DURATION_MS = 1_500;
/** What stands in the Lease, which holds whole seconds: it is over after that. */
export const LEASE_MS = 2_000;

const LeaseObject = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), labels: z.record(z.string(), z.string()).optional() }),
  spec: z.looseObject({}),
});

export interface Replica {
  readonly leadership: Leadership;
  readonly lines: Line[];
  /** leading(), at each changed(). */
  readonly changes: boolean[];
  warnings(): Line[];
}

/** Registers the hooks of a suite: a namespace, the shipped rights, no Lease before each test, no replica after it. */
export class LeadershipFixture {
  readonly #get: () => ControlPlane;
  /** The right that the operator lacks for the rest of a test. */
  #missing: string | undefined;
  readonly #running: { leadership: Leadership; client: KubeClient }[] = [];

  constructor(get: () => ControlPlane) {
    this.#get = get;
    noUnhandledRejections();
    beforeAll(async () => {
      await create(this.cp, "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
      await create(this.cp, ROLES, { metadata: { name: "lease" } });
      await create(this.cp, ROLES.replace("/roles", "/rolebindings"), {
        metadata: { name: "lease" },
        roleRef: { apiGroup: RBAC, kind: "Role", name: "lease" },
        subjects: [{ apiGroup: RBAC, kind: "User", name: OPERATOR_USER }],
      });
      await this.grant();
    });
    beforeEach(async () => {
      await this.cp.request("DELETE", LEASE);
    });
    afterEach(async () => {
      await this.stopAll();
      if (this.#missing !== undefined) await this.grant();
    });
  }

  get cp(): ControlPlane {
    return this.#get();
  }

  /** With the operator's rights. */
  async client(): Promise<KubeClient> {
    return await clientFor(this.cp, "operator");
  }

  async start(identity: string, options: Partial<LeadershipOptions> = {}): Promise<Replica> {
    const client = options.client ?? (await this.client());
    const { log, lines } = recordingLog();
    const changes: boolean[] = [];
    const leadership = createLeadership({
      client,
      log,
      clock: () => new Date(),
      namespace: NAMESPACE,
      name: LEASE_NAME,
      identity,
      durationMs: DURATION_MS,
      changed: () => changes.push(leadership.leading()),
      ...options,
    });
    this.#running.push({ leadership, client });
    leadership.start();
    return { leadership, lines, changes, warnings: () => lines.filter(({ level }) => level === "warn" || level === "error") };
  }

  async stopAll(): Promise<void> {
    await Promise.all(
      this.#running.splice(0).map(async ({ leadership, client }) => {
        await leadership.stop();
        client.close();
      }),
    );
  }

  async startLeader(identity: string, options: Partial<LeadershipOptions> = {}): Promise<Replica> {
    const replica = await this.start(identity, options);
    await eventually(() => replica.leadership.leading(), true);
    return replica;
  }

  /** @returns undefined where there is no Lease */
  async lease(): Promise<z.infer<typeof LeaseObject> | undefined> {
    const { status, body } = await this.cp.request("GET", LEASE);
    return status === 200 ? LeaseObject.parse(body) : undefined;
  }

  async edit(patch: object): Promise<void> {
    expect((await this.cp.request("PATCH", LEASE, patch, "application/merge-patch+json")).status).toBe(200);
  }

  /** Gives the operator its rights on the Lease; all but one for the rest of a test. */
  async grant(without?: string): Promise<void> {
    const answer = await this.cp.request("PATCH", `${ROLES}/lease`, { rules: rules(without) }, "application/merge-patch+json");
    expect(answer.status).toBe(200);
    await this.allowed(without ?? this.#missing ?? "update", without === undefined);
    this.#missing = without;
  }

  /** RBAC reads its own objects through a watch, so a change of rights takes a moment. */
  async allowed(verb: string, wanted: boolean): Promise<void> {
    const client = await this.client();
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const resourceAttributes = { verb, group: "coordination.k8s.io", resource: "leases", namespace: NAMESPACE, name: LEASE_NAME };
    const review = async () => {
      const answer = await client.json({ method: "POST", path, body: { spec: { resourceAttributes } } });
      return z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) }).parse(answer).status.allowed;
    };
    await eventually(review, wanted);
    client.close();
  }
}

function rules(without?: string): object[] {
  return LEASE_PERMISSIONS.map(({ group, resources, verbs, resourceNames }) => ({
    apiGroups: [group],
    resources,
    verbs: verbs.filter((verb) => verb !== without),
    ...(resourceNames ? { resourceNames } : {}),
  })).filter(({ verbs }) => verbs.length > 0);
}
