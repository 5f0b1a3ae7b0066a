/** How lists and names are put into sentences. Not for what the sentences say: config/actions.yaml holds that. */
import type { DetectedComponent } from "../detect/component.ts";

/** Names shown before "and N more": a condition is read on a terminal. */
const LONGEST_LIST = 4;

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const shown = words.length > LONGEST_LIST ? [...words.slice(0, LONGEST_LIST), `${words.length - LONGEST_LIST} more`] : words;
  const last = shown.at(-1) ?? "";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} and ${last}`;
}

/** `1 CRD`, `2 CRDs`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** What is set aside is said beside an absence, or the sentence would be false. */
export function ignoredWords({ ignored }: { ignored: readonly unknown[] }): string {
  return ignored.length === 0 ? "" : ` (beside ${counted(ignored.length, "component")} set aside)`;
}

/** `1 document or file was skipped`; undefined where none was. */
export function skippedWords({ skipped = 0 }: { skipped?: number }): string | undefined {
  if (skipped === 0) return undefined;
  return skipped === 1 ? "1 document or file was skipped" : `${skipped} documents or files were skipped`;
}

/** @returns one sentence, or none where nothing was skipped */
export function skippedSentence(extent: { skipped?: number }): string[] {
  const words = skippedWords(extent);
  return words === undefined ? [] : [`${words}, so absence cannot be stated.`];
}

export function workloadName(component: DetectedComponent): string {
  return `${component.namespace}/${component.workload.name}`;
}

/** `fluxd 1.25.4`, or `fluxd` where no version can be read. */
export function withVersion(component: DetectedComponent): string {
  const title = component.name === "helm-operator" ? "Helm Operator" : component.name;
  return component.version.known ? `${title} ${component.version.value}` : title;
}

/** Facts that sentences are filled with; each has its name in braces there. */
export type Facts = Readonly<Record<string, string>>;

/** Puts the facts into a sentence. A fact that is missing stays in braces, and a test looks for those. */
export function fill(sentence: string, facts: Facts): string {
  return sentence.replaceAll(/\{([a-zA-Z]+)\}/g, (braced, name: string) => (Object.hasOwn(facts, name) ? (facts[name] ?? braced) : braced));
}
