/**
 * The shape of a Deployment, StatefulSet or DaemonSet, as far as detection needs it. Every other field is left alone, whatever it holds:
 * one object with a field nobody reads must not be lost. Says nothing about Flux (component.ts).
 */
import * as z from "zod";
import { isLeftOpen } from "./template.ts";

// Made when the first object is met, like all schemas of objects: most files hold none of Flux, and reading one takes less time.
const texts = z.lazy(() =>
  z
    .record(z.string(), z.string())
    .nullish()
    .transform((record): ReadonlyMap<string, string> => new Map(Object.entries(record ?? {}))),
);
/** A template may leave it open; nothing hangs on it but whether what was found runs. */
const count = z.lazy(() => z.preprocess((value) => (isLeftOpen(value) ? undefined : value), z.int().min(0).nullish()));

/** A workload, its containers unread: one that is broken must not hide another. */
export const WorkloadShape = z.lazy(() =>
  z.looseObject({
    metadata: z.looseObject({
      name: z.string().min(1, "a name"),
      namespace: z.string().nullish(),
      uid: z.string().nullish(),
      labels: texts,
      annotations: texts,
    }),
    spec: z.looseObject({
      replicas: count,
      template: z.looseObject({
        metadata: z.looseObject({ labels: texts }).nullish(),
        spec: z.looseObject({ containers: z.array(z.unknown()).min(1, "one container at least") }),
      }),
    }),
    status: z.looseObject({ readyReplicas: count, desiredNumberScheduled: count, numberReady: count }).nullish(),
  }),
);
export type WorkloadShape = z.output<typeof WorkloadShape>;

/** Of a container's `command` and `args`: none where it is absent. */
export const argumentList = z.lazy(() =>
  z
    .array(z.string())
    .nullish()
    .transform((list): readonly string[] => list ?? []),
);

/** A main container. Its image may be absent: the API server allows that in a template. */
export const ContainerShape = z.lazy(() =>
  z.looseObject({
    name: z.string().nullish(),
    image: z.string().nullish(),
    command: argumentList,
    args: argumentList,
  }),
);
export type ContainerShape = z.output<typeof ContainerShape>;
