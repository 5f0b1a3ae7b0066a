/** CRDs of a new minor of Flux -> what changes in gotk-api-versions.json. Asks nobody (propose.ts), and drops nothing that is known. */
import { loadAll } from "js-yaml";
import * as z from "zod";

const Version = z.strictObject({ name: z.string(), served: z.boolean(), storage: z.boolean(), deprecated: z.boolean() });
type Version = z.infer<typeof Version>;

/** gotk-api-versions.json as it stands, in its own order. */
export const ApisFile = z.strictObject({
  from: z.string(),
  note: z.string().optional(),
  crds: z.array(
    z.strictObject({ crd: z.string(), since: z.array(z.strictObject({ flux: z.string(), versions: z.array(Version).min(1) })) }),
  ),
});
export type ApisFile = z.infer<typeof ApisFile>;

const Crd = z.object({
  kind: z.literal("CustomResourceDefinition"),
  metadata: z.object({ name: z.string().regex(/^[a-z]+\.[a-z.]+$/) }),
  spec: z.object({
    versions: z
      .array(z.object({ name: z.string(), served: z.boolean(), storage: z.boolean(), deprecated: z.boolean().default(false) }))
      .min(1),
  }),
});
export interface FreshCrd {
  readonly crd: string;
  readonly versions: readonly Version[];
}

/** @param text a controller's release asset NAME.crds.yaml */
export function crdsOf(text: string): FreshCrd[] {
  const documents = loadAll(text).filter((document) => document !== null && document !== undefined);
  return documents.map((document) => {
    const { metadata, spec } = Crd.parse(document);
    return { crd: metadata.name, versions: spec.versions.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  });
}

/** @returns the file with an entry for each CRD whose versions are others than before; the same file where none are */
export function withApis(file: ApisFile, flux: string, fresh: readonly FreshCrd[]): ApisFile {
  const histories = new Map(file.crds.map(({ crd, since }) => [crd, since]));
  for (const { crd, versions } of fresh) {
    const since = histories.get(crd) ?? [];
    if (JSON.stringify(since.at(-1)?.versions) !== JSON.stringify(versions))
      histories.set(crd, [...since, { flux, versions: [...versions] }]);
  }
  return { ...file, crds: Array.from(histories, ([crd, since]) => ({ crd, since })) };
}

export function apisText(file: ApisFile): string {
  return JSON.stringify(file, null, 1);
}
