/** Names of Secrets and ConfigMaps that are there already: none to write over. Contents are never read. */
import * as z from "zod";
import { ValuesSource } from "./helm-release-v1.ts";
import type { Seen } from "./seen-object.ts";

const Values = z.looseObject({
  spec: z.looseObject({
    valueFileSecrets: z
      .array(z.looseObject({ name: z.string() }).nullable().catch(null))
      .nullish()
      .catch(null),
    valuesFrom: z.array(ValuesSource.nullable().catch(null)).nullish().catch(null),
  }),
});

/** @returns `Secret shop/cart`, of what was seen and of what the HelmReleases v1 take values from in their own namespace */
export function ownNames(seen: readonly Seen[]): string[] {
  return seen.flatMap(({ object, head }) => {
    if (head.is === "Secret" || head.is === "ConfigMap") return [`${head.is} ${head.namespace}/${head.name}`];
    return head.is === "HelmRelease" ? valuesOf(object, head.namespace) : [];
  });
}

function valuesOf(object: unknown, namespace: string): string[] {
  const spec = Values.safeParse(object).data?.spec;
  const files = (spec?.valueFileSecrets ?? []).flatMap((secret) => (secret ? [`Secret ${namespace}/${secret.name}`] : []));
  const sources = (spec?.valuesFrom ?? []).flatMap((source) =>
    (
      [
        ["Secret", source?.secretKeyRef],
        ["ConfigMap", source?.configMapKeyRef],
      ] as const
    ).flatMap(([kind, reference]) =>
      reference && (reference.namespace || namespace) === namespace ? [`${kind} ${namespace}/${reference.name}`] : [],
    ),
  );
  return [...files, ...sources];
}
