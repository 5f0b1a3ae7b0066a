/**
 * Names of the contexts in a kubeconfig, and nothing else of it: no client library sees the file, so no token file is read and no program
 * for credentials is known, let alone run.
 */
import { readFileSync, statSync } from "node:fs";
import { load } from "js-yaml";
import * as z from "zod";
import { kubeconfigFiles } from "../../kube/kubeconfig.ts";

/** A kubeconfig of a thousand clusters with their certificates has 4 MB. Whoever presses TAB does not wait for more. */
const MOST_BYTES = 8 * 1024 * 1024;

const MOST_ALIASES = 100;

const Kubeconfig = z.looseObject({ contexts: z.array(z.unknown()) });
const Context = z.looseObject({ name: z.string() });

/** @throws KubeconfigError where there is no file */
export function contextNamesIn(kubeconfig: string | undefined, environment: Readonly<Record<string, string | undefined>>): string[] {
  const names = kubeconfigFiles({ kubeconfig, environment }).flatMap(namesIn);
  return [...new Set(names)];
}

function namesIn(file: string): string[] {
  const found = statSync(file);
  // A pipe would be waited for.
  if (!found.isFile() || found.size > MOST_BYTES) return [];
  const contexts = Kubeconfig.safeParse(load(readFileSync(file, "utf8"), { maxAliases: MOST_ALIASES })).data?.contexts ?? [];
  return contexts.flatMap((context) => Context.safeParse(context).data?.name ?? []);
}
