/** Which Lease and which rights `flux-migration check` asks about, by the Deployment that it finds. */

import { describe, expect, test } from "@jest/globals";
import { type CheckOptions, check } from "../../../src/check/check.ts";
import { DEFAULT_EDITION } from "../../../src/data/built-in-data.ts";
import { loadData } from "../../../src/data/load.ts";
import type { KubeClient, KubeRequest } from "../../../src/kube/client.ts";
import { StatusError } from "../../../src/kube/errors.ts";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces";

/** Answers as an API server on which the operator may do nothing, and where no Lease, CRD or status is. */
function clusterWith(deployments: readonly object[]) {
  const leases: string[] = [];
  const rights: string[] = [];
  const json = async ({ path, body }: KubeRequest): Promise<unknown> => {
    if (path === "/version") return { gitVersion: "v1.36.3", major: "1", minor: "36" };
    if (path.endsWith("/deployments")) return { items: deployments };
    if (path.endsWith("/selfsubjectaccessreviews")) {
      const { resource, name, namespace } = JSON.parse(JSON.stringify(body)).spec.resourceAttributes;
      if (resource === "leases" && name !== undefined) rights.push(`${namespace}/${name}`);
      return { status: { allowed: false } };
    }
    if (path.startsWith(LEASES)) leases.push(path.slice(LEASES.length + 1).replace("/leases/", "/"));
    throw new StatusError({ request: `GET ${path}`, code: 404, reason: "NotFound", serverMessage: "not found" });
  };
  const client: KubeClient = { name: "x", server: "https://x/", json, request: () => Promise.reject(new Error("none")), close: () => {} };
  return { client, leases, rights };
}

async function looked(deployments: readonly object[], options: Partial<CheckOptions> = {}) {
  const { client, leases, rights } = clusterWith(deployments);
  const clock = () => new Date("2026-11-26T12:00:00Z");
  const fixed = { edition: DEFAULT_EDITION, programVersion: "0.1.0", pre: false, leaderElection: false };
  const sections = await check({ client, loadData, clock, ...fixed, ...options });
  const next = sections.flatMap(({ title, findings }) => (title === "rights" ? findings.map((finding) => finding.next ?? "") : []));
  const said = sections.flatMap(({ findings }) =>
    findings.flatMap(({ level, at, found }) => (at.startsWith("Lease ") ? [`${level} ${found}`] : [])),
  );
  return { said, leases, rights: [...new Set(rights)], roles: [...new Set(next.map((words) => /the (.*), whole/.exec(words)?.[1]))] };
}

const release = (container: object) => ({
  metadata: { name: "prod-flux-migration-operator", namespace: "ops" },
  spec: { replicas: 2, template: { spec: { containers: [{ name: "mesh" }, { name: "operator", ...container }] } } },
  status: { readyReplicas: 2 },
});

describe("the Lease is that", () => {
  const env = [
    { name: "FLUX_MIGRATION_LEASE_NAME", value: "by-env" },
    { name: "FLUX_MIGRATION_LEASE_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
  ];
  test.each<[string, object, Partial<CheckOptions>, string]>([
    [
      "of the chart",
      { args: ["operator", "--leader-election", "--lease-name=prod-flux-migration-operator"] },
      {},
      "ops/prod-flux-migration-operator",
    ],
    ["of two words, the last of them", { args: ["--lease-name=a", "--lease-name", "b", "--lease-namespace", "there"] }, {}, "there/b"],
    ["of the command", { command: ["node", "operator", "--lease-namespace=there"] }, {}, "there/flux-migration-operator"],
    ["of the environment", { env }, {}, "ops/by-env"],
    ["of a flag before the environment", { args: ["--lease-name=by-flag"], env }, {}, "ops/by-flag"],
    ["of the Deployment's namespace where a flag is a variable", { args: ["--lease-namespace=$(POD)"] }, {}, "ops/flux-migration-operator"],
    ["that no setting changes", {}, {}, "ops/flux-migration-operator"],
    [
      "that a person named",
      { args: ["--lease-name=a", "--lease-namespace=b"] },
      { leaseName: "mine", leaseNamespace: "ours" },
      "ours/mine",
    ],
  ])("%s", async (_what, container, options, place) => {
    const { leases, rights } = await looked([release(container)], options);
    expect([leases, rights]).toEqual([[place], [place]]);
  });
});

describe("of several Deployments", () => {
  const other = (container: object) => {
    const { spec, status } = release(container);
    return { metadata: { name: "second", namespace: "apart" }, spec: { ...spec, replicas: 1 }, status };
  };

  test("the Lease of each is asked about, with its rights and its Role", async () => {
    const { leases, rights, roles } = await looked([release({}), other({ args: ["--leader-election", "--lease-name=theirs"] })]);
    expect([leases, rights]).toEqual([rights, ["ops/flux-migration-operator", "apart/theirs"]]);
    expect(roles.slice(1)).toEqual(["Role prod-flux-migration-operator in ops", "Role second in apart"]);
  });

  test("one that is shared is asked about once", async () => {
    const shared = { args: ["--lease-namespace=ops"] };
    expect((await looked([other(shared), release(shared)])).leases).toEqual(["ops/flux-migration-operator"]);
  });
});

test.each([
  ["by its flag", { args: ["operator", "--leader-election"] }, "Failed is not there: no replica has led yet"],
  [
    "by the environment",
    { env: [{ name: "FLUX_MIGRATION_LEADER_ELECTION", value: "true" }] },
    "Failed is not there: no replica has led yet",
  ],
  [
    "nowhere",
    { env: [{ name: "FLUX_MIGRATION_LEADER_ELECTION", value: "no" }] },
    "Skipped is not there: one replica runs without leader election",
  ],
])("one replica has leader election %s", async (_where, container, said) => {
  const one = { ...release(container), spec: { ...release(container).spec, replicas: 1 } };
  expect((await looked([one])).said).toEqual([said]);
});

test("the roles are called like the Deployment; without one they have no name that is sure", async () => {
  expect((await looked([release({})])).roles).toEqual([
    "ClusterRole prod-flux-migration-operator",
    "Role prod-flux-migration-operator in ops",
  ]);
  expect((await looked([], { leaderElection: true })).roles).toEqual([
    "ClusterRole of the operator",
    "Role of the operator in flux-migration",
  ]);
});
