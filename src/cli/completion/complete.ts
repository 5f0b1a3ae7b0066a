/**
 * `flux-migration __complete WORDS...`: answers a shell, kubectl or flux, in the protocol of Cobra: a candidate a line, a tab, its
 * description; then a colon and a number that says what to do with them. Starts nothing, asks no cluster, and never fails.
 */
import type { Command } from "commander";
import { loadData } from "../../data/load.ts";
import { plannableMinors } from "../../plan/target.ts";
import { type Answer, completionOf, DIRECTIVES, type Sources } from "./candidates.ts";
import { contextNamesIn } from "./context-names.ts";

/** By which Cobra's own scripts ask, with descriptions and without. */
const REQUESTS: ReadonlyMap<string, boolean> = new Map([
  ["__complete", true],
  ["__completeNoDesc", false],
]);

const NOTHING: Answer = { candidates: [], directive: DIRECTIVES.noFiles };

const sources: Sources = {
  contexts: (kubeconfig) => contextNamesIn(kubeconfig, process.env),
  editions: (folder) => [...loadData(folder).editions.keys()].toSorted(),
  minors: (folder) => plannableMinors(loadData(folder).reference, new Date()),
};

/** @param words as the program got them: the request, then those of the command line */
export function complete(root: Command, [request = "", ...words]: readonly string[]): void {
  const { candidates, directive } = answerTo(root, words);
  const described = REQUESTS.get(request) ?? true;
  const lines = candidates.map(({ value, description }) => (described && description !== "" ? `${value}\t${description}` : value));
  process.stdout.write([...lines, `:${directive}`, ""].join("\n"));
}

function answerTo(root: Command, words: readonly string[]): Answer {
  try {
    return completionOf(root, words, sources);
  } catch {
    // A shell would show a message in the middle of the line that somebody types.
    return NOTHING;
  }
}
