/**
 * `flux-migration check`: what is looked at, and in which order. Each judgement stands in a file of its own; nothing is written to the cluster
 * and nothing printed.
 */
import { loadAll } from "js-yaml";
import { BUILT_IN } from "../data/built-in.ts";
import type { Data } from "../data/read-data.ts";
import type { KubeClient } from "../kube/client.ts";
import { serverVersion } from "../kube/discovery.ts";
import { crdFile } from "../operator/install-crds.ts";
import { askAccount, askCrd, askDeployments, askLease, askRights, askStatus } from "./cluster-facts.ts";
import { type LeaseChoice, leasesOf } from "./deployed-lease.ts";
import type { Finding, Section } from "./finding.ts";
import { Crd, judgeCrd } from "./judge-crds.ts";
import { judgeData } from "./judge-data.ts";
import { judgeDeployments, judgeLease } from "./judge-operator.ts";
import { judgeServer } from "./judge-server.ts";
import { judgeStatus } from "./judge-status.ts";
import { judgeRights, type WantedLease, wantedRights } from "./rights.ts";

export interface CheckOptions extends LeaseChoice {
  readonly client: KubeClient;
  /** Throws what is wrong with the data. */
  readonly loadData: () => Promise<Data>;
  readonly edition: string;
  readonly programVersion: string;
  readonly clock: () => Date;
  /** True: only what must hold before an installation. */
  readonly pre: boolean;
  readonly clusterName?: string;
}

/** @returns what was found; where the API server does not answer, the sections end there */
export async function check(options: CheckOptions): Promise<Section[]> {
  const { client, pre } = options;
  const data: Section = { title: "data", findings: await judgeData(options.loadData, options.edition, options.clock()) };
  const version = await serverVersion(client);
  const server: Section = { title: "API server", findings: [judgeServer(version, client.server)] };
  if (version.at !== "Found") return [data, server];
  if (pre) {
    const { podNamespace: _elsewhere, ...choice } = options;
    return [data, server, { title: "rights", findings: await rights(options, leasesOf(choice, [])) }];
  }

  const [crds, status, deployments] = await Promise.all([
    crdFindings(options, version.value.minor),
    askStatus(client),
    askDeployments(client),
  ]);
  const found = deployments.at === "Found" ? deployments.value : [];
  const leases = leasesOf(options, found);
  const [granted, led] = await Promise.all([
    rights(options, leases, found[0]?.metadata.name),
    Promise.all(leases.map(async (lease) => judgeLease(await askLease(client, lease), lease, options.clock()))),
  ]);
  return [
    data,
    server,
    { title: "rights", findings: granted },
    { title: "CRDs", findings: crds },
    { title: "status", findings: judgeStatus(status, options, options.clock()) },
    { title: "operator", findings: [...judgeDeployments(deployments), ...led] },
  ];
}

/** @param role what the installation calls its roles: they have the name of its Deployment, whatever the release is called */
async function rights({ client, pre }: CheckOptions, leases: readonly WantedLease[], role?: string): Promise<Finding[]> {
  const [account, answered] = await Promise.all([askAccount(client), askRights(client, wantedRights(leases, role))]);
  return judgeRights(answered, { account, pre });
}

async function crdFindings({ client, programVersion }: CheckOptions, minor: number): Promise<Finding[]> {
  const file = crdFile(minor);
  const ours = loadAll(BUILT_IN.get(file) ?? "").map((document) => Crd.parse(document));
  const findings = ours.map(async (crd) => judgeCrd(await askCrd(client, crd.metadata.name), { crd, file, programVersion }));
  return (await Promise.all(findings)).flat();
}
