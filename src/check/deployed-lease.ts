/** The Lease that a Deployment of the operator is told to take, as far as its manifest says. Asks nobody, and judges nothing. */
import { flagOf, variableOf } from "../cli/settings.ts";
import type { Deployment } from "./judge-operator.ts";

/** What an object of Kubernetes can be called. `$(VARIABLE)`, which only the pod knows, is none. */
const OBJECT_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** @returns undefined where the Deployment leaves it to the default, or does not say it in words */
export function deployedLease(name: "leaseName" | "leaseNamespace", { spec }: Deployment): string | undefined {
  const [flag, variable] = [flagOf(name), variableOf(name)];
  const containers = spec.template?.spec.containers ?? [];
  const values = containers.map(({ command, args, env }) => {
    // A flag beats the environment, and the last of several counts, as for the operator itself.
    return flagIn([...(command ?? []), ...(args ?? [])], flag) ?? env?.findLast((entry) => entry.name === variable)?.value;
  });
  return values.find((value) => value && OBJECT_NAME.test(value)) ?? undefined;
}

/** `--flag=value`, or the word after `--flag`. */
function flagIn(words: readonly string[], flag: string): string | undefined {
  const at = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at];
  return word === flag ? words[at + 1] : word?.slice(flag.length + 1);
}
