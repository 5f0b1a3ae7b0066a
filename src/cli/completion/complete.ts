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
  contexts: async (kubeconfig) => contextNamesIn(kubeconfig, process.env),
  editions: async (folder) => [...(await loadData(folder)).editions.keys()].toSorted(),
  minors: async (folder) => plannableMinors((await loadData(folder)).reference, new Date()),
};

/** @param words as the program got them: the request, then those of the command line */
export async function complete(root: Command, [request = "", ...words]: readonly string[]): Promise<void> {
  const { candidates, directive } = await answerTo(root, words);
  const described = REQUESTS.get(request) ?? true;
  const lines = candidates.map(({ value, description }) => (described && description !== "" ? `${value}\t${description}` : value));
  process.stdout.write([...lines, `:${directive}`, ""].join("\n"));
}

async function answerTo(root: Command, words: readonly string[]): Promise<Answer> {
  try {
    return await completionOf(root, words, sources);
  } catch {
    // A shell would show a message in the middle of the line that somebody types.
    return NOTHING;
  }
}
