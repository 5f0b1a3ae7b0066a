/** Reads what a namespace says about the installations in it. What its annotations mean is the assessment's. */
import * as z from "zod";
import { firstProblem, type WorkloadProblem } from "./problem.ts";
import { visibleText } from "./visible-text.ts";

/** The prefix of every annotation of ours. */
const OUR_ANNOTATIONS = "flux-migration.dev/";
/** Names an owner or a reason; the API server stores up to 256 KB, which would be carried through every status. */
const VALUE_CHARACTERS = 1024;

/** A namespace, as far as the status needs it. Values are safe to show. */
export interface NamespaceFacts {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Only those of flux-migration.dev: the others are long, change often, and say nothing here. */
  annotations: Readonly<Record<string, string>>;
}

export type NamespaceReading = { at: "Read"; namespace: NamespaceFacts } | { at: "Malformed"; problem: WorkloadProblem };

const texts = z.lazy(() => z.record(z.string(), z.string()).nullish());
const NamespaceShape = z.lazy(() =>
  z.looseObject({
    metadata: z.looseObject({ name: z.string().min(1).max(253), labels: texts, annotations: texts }),
  }),
);

/** @param input a Namespace, or a PartialObjectMetadata of one. Never throws. */
export function readNamespace(input: unknown): NamespaceReading {
  const read = NamespaceShape.safeParse(input);
  if (!read.success) return { at: "Malformed", problem: firstProblem(read.error, input) };
  const { name, labels, annotations } = read.data.metadata;
  const ours = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(OUR_ANNOTATIONS));
  return {
    at: "Read",
    namespace: { name: visibleText(name, 253), labels: visibleRecord(Object.entries(labels ?? {})), annotations: visibleRecord(ours) },
  };
}

function visibleRecord(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entries.map(([key, value]) => [key, visibleText(value, VALUE_CHARACTERS)]));
}
