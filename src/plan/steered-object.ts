/** Reads what image automation needs of a workload: its annotations, and the images of its main containers. Judges nothing. */
import * as z from "zod";
import type { NamedImage, Steered } from "./automation.ts";
import { fluxAnnotations } from "./flux-annotations.ts";

const PodSpec = z.looseObject({
  containers: z.array(z.unknown()).nullish(),
  imagePullSecrets: z
    .array(z.looseObject({ name: z.string().nullish() }))
    .nullish()
    .catch(undefined),
});
const Template = z.looseObject({ spec: PodSpec });
const Workload = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).nullish() }),
  spec: z.looseObject({
    template: Template.nullish(),
    jobTemplate: z.looseObject({ spec: z.looseObject({ template: Template }) }).nullish(),
  }),
});
const Container = z.looseObject({ name: z.string(), image: z.string() });

/** @returns undefined for an object without an annotation of Flux 1, and for one that has not the shape of a workload */
export function steeredWorkload(subject: string, object: unknown): Steered | undefined {
  const read = Workload.safeParse(object);
  if (!read.success) return undefined;
  const annotations = new Map(Object.entries(read.data.metadata.annotations ?? {}));
  if (fluxAnnotations(annotations).length === 0) return undefined;
  const pod = read.data.spec.template?.spec ?? read.data.spec.jobTemplate?.spec.template.spec;
  const images = (pod?.containers ?? []).flatMap((each): NamedImage[] => {
    const container = Container.safeParse(each).data;
    if (container === undefined) return [];
    const { name, image } = container;
    return [{ container: name, image, lines: [{ text: `image: ${image}`, part: "" }], paths: [] }];
  });
  const pullSecrets = (pod?.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
  return { subject, annotations, images, pullSecrets };
}
