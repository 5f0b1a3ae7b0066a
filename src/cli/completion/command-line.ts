/** Where on the command line a person is: in which command, after which flags, before which argument. Reads words as commander does. */
import type { Command, Option } from "commander";
import { takesValue } from "./placeholders.ts";

export interface CommandLine {
  readonly command: Command;
  /** The command of which it is a part. */
  readonly parent: Command | undefined;
  /** Flags that stand there already. */
  readonly given: ReadonlySet<Option>;
  /** Their values, by the name that commander gives to the flag; of several, the last. */
  readonly values: ReadonlyMap<string, string>;
  /** Words that are neither flags nor their values. */
  readonly operands: readonly string[];
  /** The flag whose value is the next word. */
  readonly awaiting: Option | undefined;
  /** After `--` no word is a flag. */
  readonly flagsEnded: boolean;
}

/** @param words all before the one that is being typed */
export function readCommandLine(root: Command, words: readonly string[]): CommandLine {
  const start = {
    command: root,
    parent: undefined,
    given: new Set<Option>(),
    values: new Map(),
    operands: [],
    awaiting: undefined,
    flagsEnded: false,
  };
  return words.reduce<CommandLine>(after, start);
}

function after(line: CommandLine, word: string): CommandLine {
  const { command, given, values, awaiting } = line;
  if (awaiting) return { ...line, awaiting: undefined, values: new Map([...values, [awaiting.attributeName(), word]]) };
  if (line.flagsEnded || !isFlag(word)) return afterOperand(line, word);
  if (word === "--") return { ...line, flagsEnded: true };
  const { option, value } = readFlag(command, word);
  if (!option) return line;
  const next = { ...line, given: new Set([...given, option]) };
  if (value !== undefined) return { ...next, values: new Map([...values, [option.attributeName(), value]]) };
  return takesValue(option) ? { ...next, awaiting: option } : next;
}

function afterOperand(line: CommandLine, word: string): CommandLine {
  const mayBeCommand = line.operands.length === 0 && !line.flagsEnded;
  const command = mayBeCommand ? commandsOf(line.command).find((known) => known.name() === word) : undefined;
  return command ? { ...line, command, parent: line.command } : { ...line, operands: [...line.operands, word] };
}

/** A single hyphen is the standard input. */
export function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

/** `--output=json`, `--output`, `-o`, `-ojson`; without an option for a flag that the command does not know. */
export function readFlag(command: Command, word: string): { option: Option | undefined; value?: string } {
  const [, long, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  const options = optionsOf(command);
  if (long !== undefined && value !== undefined) return { option: options.find((known) => known.long === long), value };
  const whole = options.find((known) => known.long === word || known.short === word);
  if (whole || word.startsWith("--")) return { option: whole };
  const short = options.find((known) => known.short === word.slice(0, 2) && takesValue(known));
  return short ? { option: short, value: word.slice(2) } : { option: undefined };
}

/** As help lists them, `help` included. */
export function commandsOf(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}

/** As help lists them, `--help` included. */
export function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}
