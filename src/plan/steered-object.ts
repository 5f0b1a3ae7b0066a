/** Reads what steered Flux 1 at an object: its annotations and, where Flux 1 updated images of its kind, those of its containers. Judges nothing. */
import * as z from "zod";
import type { NamedImage, Steered } from "./automation.ts";
import { fluxAnnotations } from "./flux-annotations.ts";
import type { NamedObject } from "./seen-object.ts";

/** A value without quotes is no text, which the API server refuses; Flux 1 read it as one, and may have kept the object from it. */
const annotationValue = z.union([z.string(), z.boolean().transform(String), z.number().transform(String)]).catch("");
const Annotated = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), annotationValue).nullish() }),
});

const PodSpec = z.looseObject({
  containers: z.array(z.unknown()).nullish(),
  initContainers: z.array(z.unknown()).nullish(),
  imagePullSecrets: z
    .array(z.looseObject({ name: z.string().nullish() }))
    .nullish()
    .catch(undefined),
});
const Template = z.looseObject({ spec: PodSpec });
const Workload = z.looseObject({
  spec: z.looseObject({
    template: Template.nullish(),
    jobTemplate: z.looseObject({ spec: z.looseObject({ template: Template }) }).nullish(),
  }),
});
const Container = z.looseObject({ name: z.string(), image: z.string() });

/** @returns undefined for an object without an annotation of Flux 1 */
export function steeredObject({ is, subject }: NamedObject, object: unknown): Steered | undefined {
  const annotations = new Map(Object.entries(Annotated.safeParse(object).data?.metadata.annotations ?? {}));
  if (fluxAnnotations(annotations).length === 0) return undefined;
  const pod = is === "Workload" || is === "CronJob" ? podOf(object) : undefined;
  const images = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].flatMap((each): NamedImage[] => {
    const container = Container.safeParse(each).data;
    if (container === undefined) return [];
    const { name, image } = container;
    return [{ container: name, image, lines: [{ in: "Git", text: `image: ${image}`, part: "" }], paths: [] }];
  });
  const pullSecrets = (pod?.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
  return { subject, annotations, images, pullSecrets };
}

function podOf(object: unknown): z.output<typeof PodSpec> | undefined {
  const spec = Workload.safeParse(object).data?.spec;
  return spec?.template?.spec ?? spec?.jobTemplate?.spec.template.spec;
}
