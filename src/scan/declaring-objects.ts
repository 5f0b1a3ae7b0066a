/** What is read of the objects that declare an installation, and of those that they refer to. Whatever else they hold is not looked at. */
import * as z from "zod";

const text = z.lazy(() => z.string().optional().catch(undefined));
export const Reference = z.lazy(() => z.looseObject({ kind: text, name: text, namespace: text }).optional().catch(undefined));
export const Metadata = z.lazy(() => z.looseObject({ name: z.string(), namespace: text }));

export const HelmRelease = z.lazy(() =>
  z.looseObject({
    metadata: Metadata,
    spec: z.looseObject({
      targetNamespace: text,
      chart: z
        .looseObject({
          // Of the Helm Operator.
          repository: text,
          name: text,
          version: text,
          git: text,
          path: text,
          ref: text,
          spec: z.looseObject({ chart: text, version: text, sourceRef: Reference }).optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
      chartRef: Reference,
      values: z.unknown().optional(),
      valuesFrom: z.array(z.unknown()).optional().catch(undefined),
    }),
  }),
);
export const Source = z.lazy(() =>
  z.looseObject({
    metadata: Metadata,
    spec: z.looseObject({ url: z.string(), ref: z.looseObject({ tag: text, semver: text, name: text }).optional().catch(undefined) }),
  }),
);
export const HelmChart = z.lazy(() =>
  z.looseObject({ metadata: Metadata, spec: z.looseObject({ chart: z.string(), version: text, sourceRef: Reference }) }),
);
export const FluxInstance = z.lazy(() =>
  z.looseObject({
    metadata: Metadata,
    spec: z.looseObject({
      distribution: z.looseObject({ version: z.string() }),
      components: z.array(z.string()).optional().catch(undefined),
    }),
  }),
);
export const FluxKustomization = z.lazy(() =>
  z.looseObject({
    metadata: Metadata,
    spec: z.looseObject({ targetNamespace: text, path: text, sourceRef: Reference }),
  }),
);
export const Kustomization = z.lazy(() =>
  z.looseObject({
    namespace: text,
    namePrefix: text,
    nameSuffix: text,
    resources: z.array(z.unknown()).optional().catch(undefined),
    bases: z.array(z.unknown()).optional().catch(undefined),
  }),
);

export type Reference = z.output<typeof Reference>;
