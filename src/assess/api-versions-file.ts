/** How gotk-api-versions.json is read. Asks it nothing (api-versions.ts). */
import semver from "semver";
import * as z from "zod";
import { type Problem, parseData, strict } from "../data/invalid-data.ts";

const tag = z
  .string()
  .refine((text) => text.startsWith("v") && semver.valid(text) !== null, { error: "a semantic version with its v (v2.2.3)" });
const CrdVersion = strict({ name: z.string().min(1), served: z.boolean(), storage: z.boolean(), deprecated: z.boolean() });
const Since = strict({ flux: tag, versions: z.array(CrdVersion).min(1) });
const ApiVersionsSchema = strict({
  from: tag.meta({ description: "The oldest release that the data cover." }),
  note: z.string().optional(),
  crds: z.array(strict({ crd: z.string().min(1), since: z.array(Since).min(1) })),
});

/** What each Flux CRD serves and stores, by the release that changed it. */
export type ApiVersions = z.output<typeof ApiVersionsSchema>;

/**
 * Reads `gotk-api-versions.json`.
 * @throws {InvalidData} with every problem
 */
export function parseApiVersions(input: unknown, file: string): ApiVersions {
  return parseData(ApiVersionsSchema, input, file, apiOrder);
}

const RoughApis = z.object({
  crds: z.array(
    z
      .object({
        crd: z.string().optional().catch(undefined),
        since: z
          .array(z.object({ flux: tag.optional().catch(undefined), versions: z.array(CrdVersion).catch([]) }).catch({ versions: [] }))
          .catch([]),
      })
      .catch({ since: [] }),
  ),
});

function apiOrder(input: unknown): Problem[] {
  const rough = RoughApis.safeParse(input);
  if (!rough.success) return [];
  const { crds } = rough.data;
  return crds.flatMap(({ crd, since }, index) => {
    const twin = crd === undefined ? index : crds.findIndex((each) => each.crd === crd);
    const twice: Problem[] = twin < index ? [{ path: ["crds", index, "crd"], want: `a CRD of its own; crds[${twin}] is the same` }] : [];
    const entries = since.flatMap(({ flux, versions }, order) => {
      const path = ["crds", index, "since", order];
      const before = since[order - 1]?.flux;
      const problems: Problem[] = [];
      if (flux && before && semver.compare(flux, before) <= 0)
        problems.push({ path: [...path, "flux"], want: `a release after ${before}` });
      const storage = versions.filter((version) => version.storage && version.served).length;
      if (versions.length > 0 && storage !== 1)
        problems.push({ path: [...path, "versions"], want: `one served storage version, not ${storage}` });
      return problems;
    });
    return [...twice, ...entries];
  });
}
