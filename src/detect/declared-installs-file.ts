/** How config/declared-installs.yaml is read. Looks for nothing that it names (declared-install.ts). */
import * as z from "zod";
import { parseData, strict } from "../data/invalid-data.ts";
import { COMPONENTS } from "./component-name.ts";
import { CONTROLLER, TOOLKIT } from "./declared-install.ts";

const component = z.enum(["fluxd", "helm-operator", TOOLKIT]);
const source = z.string().min(1);
/** A host and a path, without a scheme: `charts.fluxcd.io`. */
const address = z.string().regex(/^[a-z0-9.-]+(\/[a-z0-9._-]+)*$/, "a host and a path (charts.fluxcd.io)");

const SEGMENT = `(?:[A-Za-z0-9_-][A-Za-z0-9._-]*|${CONTROLLER})`;
const path = z
  .string()
  .regex(new RegExp(`^(?:\\.|${SEGMENT}(?:/${SEGMENT})*)$`), "a folder or file (manifests/install), or . for the root");

const release = z.string().regex(/^\d+\.\d+\.\d+$/, "a version (1.25.4)");

const DOTTED = /^[A-Za-z]+(\.[A-Za-z]+)*$/;
const valuePath = z.string().regex(DOTTED, "the path of a value (image.tag)");
const fieldPath = z.string().regex(DOTTED, "the path of a field (spec.chart)");

/** The form of config/declared-installs.yaml. */
const DeclaredInstallsFile = strict({
  toolkit: z.array(z.enum(COMPONENTS)).min(1),
  charts: z.array(
    strict({
      chart: z.string().min(1),
      component,
      alone: z.boolean().default(false),
      repositories: z.array(address).min(1),
      tag: valuePath.optional(),
      flags: z.record(valuePath, z.string().min(1)).default({}),
      arguments: valuePath.optional(),
      versions: z.record(z.string(), release),
      instance: strict({ version: valuePath, components: valuePath }).optional(),
      also: strict({ component, below: release, when: valuePath, tag: valuePath }).optional(),
      source,
    }),
  ),
  addresses: z.array(
    strict({
      address,
      component,
      paths: z.array(path).min(1),
      downloads: z.array(z.string().min(1)).default([]),
      namespace: z.string().min(1),
      deployment: z.string().min(1).optional(),
      source,
    }),
  ),
  // A file of before has none.
  releases: z
    .array(
      strict({
        kind: z.string().regex(/^[A-Z][A-Za-z]*(\.[a-z0-9-]+)*$/, "a kind, and its group (HelmChart.helm.cattle.io)"),
        files: z.array(z.string().regex(/^[A-Za-z0-9_-]+\.ya?ml$/, "the name of a file (Chart.yaml)")).default([]),
        each: z.array(fieldPath).optional(),
        chart: fieldPath,
        repository: fieldPath,
        version: fieldPath,
        path: fieldPath.optional(),
        name: fieldPath.default("metadata.name"),
        namespace: fieldPath.optional(),
        values: z.array(fieldPath).optional(),
        settings: fieldPath.optional(),
        beneath: z.array(fieldPath).default([]),
        elsewhere: z.array(fieldPath).default([]),
        source,
      }),
    )
    .default([]),
});
export type DeclaredInstalls = z.output<typeof DeclaredInstallsFile>;

/** @throws {InvalidData} */
export function parseDeclaredInstalls(input: unknown, file: string): DeclaredInstalls {
  return parseData(DeclaredInstallsFile, input, file);
}
