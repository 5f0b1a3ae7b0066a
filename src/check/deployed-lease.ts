/** The Leases that the operator's Deployments are told to take, as far as their manifests say. Asks nobody, and judges nothing. */
import { flagOf, SETTINGS, type SettingName, variableOf } from "../cli/settings.ts";
import { LEASE_NAME } from "../operator/permissions.ts";
import type { Deployment } from "./judge-operator.ts";
import type { WantedLease } from "./rights.ts";

/** What an object of Kubernetes can be called. `$(VARIABLE)`, which only the pod knows, is none. */
const OBJECT_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Where deploy/ puts the operator. */
const NAMESPACE = "flux-migration";

/** What a person said. */
export interface LeaseChoice {
  readonly leaderElection: boolean;
  /** Undefined: that of the Deployment, or what the operator takes unless it is told. */
  readonly leaseName?: string;
  /** Undefined: that of the Deployment, or where deploy/ puts it. */
  readonly leaseNamespace?: string;
  /** Of the pod that this runs in; where the Lease is looked for when no Deployment tells. */
  readonly podNamespace?: string;
}

/** @returns that of each Deployment, once; without a Deployment the one that the operator would take */
export function leasesOf(choice: LeaseChoice, deployments: readonly Deployment[]): WantedLease[] {
  const each = deployments.length === 0 ? [leaseOf(choice)] : deployments.map((deployment) => leaseOf(choice, deployment));
  return [...Map.groupBy(each, ({ name, namespace }) => `${namespace}/${name}`).values()].flatMap((same) =>
    same.slice(0, 1).map((lease) => ({ ...lease, wanted: same.some(({ wanted }) => wanted) })),
  );
}

/** What a person set, else what the Deployment says, else what the operator takes unless it is told. */
function leaseOf({ leaderElection, leaseName, leaseNamespace, podNamespace }: LeaseChoice, deployment?: Deployment): WantedLease {
  const deployed = (name: SettingName) => {
    const value = deployment && deployedValue(name, deployment);
    return value && OBJECT_NAME.test(value) ? value : undefined;
  };
  return {
    name: leaseName ?? deployed("leaseName") ?? LEASE_NAME,
    namespace: leaseNamespace ?? deployed("leaseNamespace") ?? deployment?.metadata.namespace ?? podNamespace ?? NAMESPACE,
    wanted: leaderElection || (deployment !== undefined && electsLeader(deployment)),
    ...(deployment === undefined ? {} : { role: deployment.metadata.name }),
  };
}

/** Several replicas without a leader write nothing, whether or not somebody said that there is an election. */
function electsLeader(deployment: Deployment): boolean {
  const schema = SETTINGS.leaderElection.schema();
  return (deployment.spec.replicas ?? 1) > 1 || schema.safeParse(deployedValue("leaderElection", deployment)).data === true;
}

/** @returns undefined where no container says it. A flag beats the environment, and the last of several counts, as for the operator itself. */
function deployedValue(name: SettingName, { spec }: Deployment): string | undefined {
  const [flag, variable] = [flagOf(name), variableOf(name)];
  const values = (spec.template?.spec.containers ?? []).map(({ command, args, env }) => {
    const words = [...(command ?? []), ...(args ?? [])];
    const given = "value" in SETTINGS[name] ? flagIn(words, flag) : words.includes(flag) ? "true" : undefined;
    return given ?? env?.findLast((entry) => entry.name === variable)?.value;
  });
  return values.find((value) => value) ?? undefined;
}

/** `--flag=value`, or the word after `--flag`. */
function flagIn(words: readonly string[], flag: string): string | undefined {
  const at = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at];
  return word === flag ? words[at + 1] : word?.slice(flag.length + 1);
}
