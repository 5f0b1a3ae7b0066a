/** What can come next on a command line, by the tree of commands itself. Reads no file: what a kubeconfig or data hold, it is given. */
import type { Argument, Command, Option } from "commander";
import { visibleText } from "../../detect/visible-text.ts";
import { type CommandLine, commandsOf, isFlag, optionsOf, readCommandLine, readFlag } from "./command-line.ts";
import { takes } from "./placeholders.ts";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What a shell does with the candidates; their sum is said. Source: spf13/cobra, completions.go, ShellCompDirective. */
export const DIRECTIVES = { files: 0, noFiles: 4, folders: 16, keepOrder: 32 } as const;

export interface Answer {
  readonly candidates: readonly Candidate[];
  readonly directive: number;
}

/** Looked up only where they are asked for. May throw: there is then nothing to propose. */
export interface Sources {
  /** @param kubeconfig the file that the command line names */
  contexts(kubeconfig: string | undefined): Promise<readonly string[]>;
  /** @param dataFolder the folder that the command line names */
  editions(dataFolder: string | undefined): Promise<readonly string[]>;
  minors(dataFolder: string | undefined): Promise<readonly string[]>;
}

/** Of a value or a description: a terminal's line is no longer. */
const MOST_CHARACTERS = 200;

/**
 * @param words all after the program's name; the last one is being typed, and may be empty
 * @throws what the sources throw
 */
export async function completionOf(root: Command, words: readonly string[], sources: Sources): Promise<Answer> {
  const typed = words.at(-1) ?? "";
  const line = readCommandLine(root, words.slice(0, -1));
  if (line.awaiting) return valuesOf(line.awaiting, typed, line, sources);
  if (!line.flagsEnded && isFlag(typed)) {
    const { option, value } = typed.startsWith("--") ? readFlag(line.command, typed) : { option: undefined };
    // The shell puts `--flag=` before each by itself.
    if (option && value !== undefined) return valuesOf(option, value, line, sources);
    return answer(typed, flagsOf(line), DIRECTIVES.noFiles);
  }
  const commands = line.operands.length === 0 && !line.flagsEnded ? commandsOf(line.command).map(asCandidate) : [];
  const { registeredArguments } = line.command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[line.operands.length] ?? (last?.variadic ? last : undefined);
  if (!argument) return answer(typed, commands, DIRECTIVES.noFiles);
  const values = await valuesOf(argument, typed, line, sources);
  return { ...values, candidates: [...answer(typed, commands, 0).candidates, ...values.candidates] };
}

function asCandidate(command: Command): Candidate {
  return { value: command.name(), description: command.description() };
}

/** Those that stand there already are left out, unless they may be given again: those collect values, from an empty list on. */
function flagsOf({ command, given }: CommandLine): Candidate[] {
  const open = optionsOf(command).filter((option) => !given.has(option) || Array.isArray(option.defaultValue));
  return open.flatMap(({ long, short, description }) => [long, short].flatMap((value) => (value ? [{ value, description }] : [])));
}

async function valuesOf(of: Option | Argument, typed: string, line: CommandLine, sources: Sources): Promise<Answer> {
  const { words, kinds } = takes(of);
  const { parent, values } = line;
  const folder = values.get("dataFolder");
  const found = [
    ...words,
    ...(kinds.has("Editions") ? await sources.editions(folder) : []),
    ...(kinds.has("Minors") ? await sources.minors(folder) : []),
    ...(kinds.has("Contexts") ? await sources.contexts(values.get("kubeconfig")) : []),
  ].map((value) => ({ value, description: "" }));
  const commands = kinds.has("Commands") ? (parent?.commands ?? []).map(asCandidate) : [];
  const directive = kinds.has("Files")
    ? DIRECTIVES.files
    : kinds.has("Folders")
      ? DIRECTIVES.folders
      : DIRECTIVES.noFiles | DIRECTIVES.keepOrder;
  return answer(typed, [...commands, ...found], directive);
}

/**
 * A name from a kubeconfig may hold anything. What steers a terminal or ends a line cannot be typed either, and is no candidate.
 */
function answer(typed: string, candidates: readonly Candidate[], directive: number): Answer {
  const fit = candidates.filter(({ value }) => value !== "" && value.startsWith(typed) && visibleText(value, MOST_CHARACTERS) === value);
  return {
    candidates: fit.map(({ value, description }) => ({ value, description: visibleText(description, MOST_CHARACTERS) })),
    directive,
  };
}
