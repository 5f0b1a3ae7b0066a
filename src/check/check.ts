/**
 * `flux-migration check`: what is looked at, and in which order. Each judgement stands in a file of its own; nothing is written to the cluster
 * and nothing printed.
 */
import { loadAll } from "js-yaml";
import { BUILT_IN } from "../data/built-in.ts";
import type { Data } from "../data/load.ts";
import type { KubeClient } from "../kube/client.ts";
import { serverVersion } from "../kube/discovery.ts";
import { crdFile } from "../operator/install-crds.ts";
import { LEASE_NAME } from "../operator/permissions.ts";
import { askAccount, askCrd, askDeployments, askLease, askRights, askStatus } from "./cluster-facts.ts";
import { deployedLease } from "./deployed-lease.ts";
import type { Finding, Section } from "./finding.ts";
import { Crd, judgeCrd } from "./judge-crds.ts";
import { judgeData } from "./judge-data.ts";
import { type Deployment, judgeDeployments, judgeLease } from "./judge-operator.ts";
import { judgeServer } from "./judge-server.ts";
import { judgeStatus } from "./judge-status.ts";
import { judgeRights, type LeasePlace, wantedRights } from "./rights.ts";

/** Where deploy/ puts the operator. */
const NAMESPACE = "flux-migration";

export interface CheckOptions {
  readonly client: KubeClient;
  /** Throws what is wrong with the data. */
  readonly loadData: () => Data;
  readonly edition: string;
  readonly programVersion: string;
  readonly clock: () => Date;
  /** True: only what must hold before an installation. */
  readonly pre: boolean;
  readonly clusterName?: string;
  readonly leaderElection: boolean;
  /** Undefined: that of the Deployment, or what the operator takes unless it is told. */
  readonly leaseName?: string;
  /** Undefined: that of the Deployment, or where deploy/ puts it. */
  readonly leaseNamespace?: string;
  /** Of the pod that this runs in; where the Lease is looked for when no Deployment tells. */
  readonly podNamespace?: string;
}

/** @returns what was found; where the API server does not answer, the sections end there */
export async function check(options: CheckOptions): Promise<Section[]> {
  const { client, pre } = options;
  const data: Section = { title: "data", findings: judgeData(options.loadData, options.edition, options.clock()) };
  const version = await serverVersion(client);
  const server: Section = { title: "API server", findings: [judgeServer(version, client.server)] };
  if (version.at !== "Found") return [data, server];
  if (pre) {
    const place = { name: options.leaseName ?? LEASE_NAME, namespace: options.leaseNamespace ?? NAMESPACE };
    return [data, server, { title: "rights", findings: await rights(options, options.leaderElection ? place : undefined) }];
  }

  const [crds, status, deployments] = await Promise.all([
    crdFindings(options, version.value.minor),
    askStatus(client),
    askDeployments(client),
  ]);
  const found = deployments.at === "Found" ? deployments.value : [];
  const place = leasePlace(options, found[0]);
  // Several replicas without a leader write nothing, whether or not somebody said that there is an election.
  const election = options.leaderElection || found.some(({ spec }) => (spec.replicas ?? 1) > 1);
  const [granted, lease] = await Promise.all([
    rights(options, election ? place : undefined, found[0]?.metadata.name),
    askLease(client, place),
  ]);
  return [
    data,
    server,
    { title: "rights", findings: granted },
    { title: "CRDs", findings: crds },
    { title: "status", findings: judgeStatus(status, options, options.clock()) },
    { title: "operator", findings: [...judgeDeployments(deployments), judgeLease(lease, place, election, options.clock())] },
  ];
}

/** What a person set, else what the Deployment says, else what the operator takes unless it is told. */
function leasePlace({ leaseName, leaseNamespace, podNamespace }: CheckOptions, deployment: Deployment | undefined): LeasePlace {
  const deployed = (name: "leaseName" | "leaseNamespace") => (deployment === undefined ? undefined : deployedLease(name, deployment));
  return {
    name: leaseName ?? deployed("leaseName") ?? LEASE_NAME,
    namespace: leaseNamespace ?? deployed("leaseNamespace") ?? deployment?.metadata.namespace ?? podNamespace ?? NAMESPACE,
  };
}

/** @param role what the installation calls its roles: they have the name of its Deployment, whatever the release is called */
async function rights({ client, pre }: CheckOptions, lease: LeasePlace | undefined, role?: string): Promise<Finding[]> {
  const [account, answered] = await Promise.all([askAccount(client), askRights(client, wantedRights(lease))]);
  return judgeRights(answered, { account, pre, role });
}

async function crdFindings({ client, programVersion }: CheckOptions, minor: number): Promise<Finding[]> {
  const file = crdFile(minor);
  const ours = loadAll(BUILT_IN.get(file) ?? "").map((document) => Crd.parse(document));
  const findings = ours.map(async (crd) => judgeCrd(await askCrd(client, crd.metadata.name), { crd, file, programVersion }));
  return (await Promise.all(findings)).flat();
}
