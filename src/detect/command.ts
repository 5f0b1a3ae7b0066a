/**
 * Judges a container by what it runs: its component's daemon, or a program that merely borrows the image.
 * The lists of programs are data (config/images.yaml, commands). Reads no flags: it hands on the daemon's arguments (pflags.ts).
 */
import type { Catalogue } from "./catalogue.ts";
import type { ComponentName } from "./component-name.ts";
import { simpleCommands } from "./shell-words.ts";

/** What a container runs: the daemon with its arguments, or something else. */
export type CommandReading = { runs: "Daemon"; args: readonly string[] } | { runs: "Other"; why: string };

interface Programs {
  daemons: ReadonlySet<string>;
  shells: ReadonlySet<string>;
  /** Of each, the options that take a word, and `operand` where one stands before the program. */
  prefixes: ReadonlyMap<string, ReadonlySet<string>>;
  utilities: ReadonlySet<string>;
}

/** The programs, and what may still be spent on scripts. */
interface Judging extends Programs {
  scriptCharacters: number;
}

/** Prefixes and shells within each other that are looked into. More is nobody's deployment, and a hostile one must not exhaust the stack. */
const LAYERS = 16;
/** Characters of commands in scripts that are looked at, in all layers together. A stored object has at most 1.5 MB [1]; scripts that
 *  pass the same parameters on to many shells would multiply them. [1] etcd, --max-request-bytes */
const SCRIPT_CHARACTERS = 2_000_000;
/** Words that may stand before the program of a simple command [1]. [1] POSIX.1-2017, Shell Command Language, 2.4 */
const RESERVED_WORDS: ReadonlySet<string> = new Set([
  "!",
  "{",
  "}",
  "if",
  "then",
  "elif",
  "else",
  "fi",
  "while",
  "until",
  "do",
  "done",
  "time",
]);
const BUILTIN_PREFIXES: ReadonlySet<string> = new Set(["exec", "command", "builtin"]);
const OPERAND = "operand";
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

/**
 * @param command the container's command, empty when the image's own entrypoint runs
 * @param args the container's args
 * @returns the arguments of the daemon where it is one. A program that is not known counts as one: a wrapper's name is anybody's choice.
 */
export function readCommand(
  command: readonly string[],
  args: readonly string[],
  component: ComponentName,
  catalogue: Catalogue,
): CommandReading {
  if (command.length === 0) return { runs: "Daemon", args };
  const programs: Judging = { ...catalogue.commands, daemons: catalogue.commands.daemons[component], scriptCharacters: SCRIPT_CHARACTERS };
  return judge([...command, ...args], programs, LAYERS) ?? { runs: "Daemon", args: [...command.slice(1), ...args] };
}

/** @returns undefined for a program that is not known, and names no daemon */
function judge(argv: readonly string[], programs: Judging, depth: number): CommandReading | undefined {
  const words = withoutLeadingWords(argv);
  const program = programName(words[0] ?? "");
  const rest = words.slice(1);
  if (words.length === 0) return { runs: "Other", why: "it runs nothing" };
  if (programs.daemons.has(program)) return { runs: "Daemon", args: rest };
  if (programs.shells.has(program)) return judgeShell(rest, programs, depth);
  if (program === "eval") return judgeScript(rest.join(" "), [], programs, depth);
  const prefix = programs.prefixes.get(program);
  if (prefix !== undefined) return judgePrefixed(withoutValues(rest, prefix), programs, depth);
  if (BUILTIN_PREFIXES.has(program)) return judgePrefixed(rest, programs, depth);
  if (programs.utilities.has(program)) return { runs: "Other", why: `it runs ${program}` };
  const daemon = rest.findIndex((word) => programs.daemons.has(programName(word)));
  return daemon < 0 ? undefined : { runs: "Daemon", args: rest.slice(daemon + 1) };
}

/** The program behind tini, env, su-exec and their kind. Their options are not known one by one: the first word that names a known program is it. */
function judgePrefixed(rest: readonly string[], programs: Judging, depth: number): CommandReading | undefined {
  const known = rest.findIndex((word) => !isOption(word) && !ASSIGNMENT.test(word) && isKnown(programName(word), programs));
  if (known >= 0) return depth === 0 ? undefined : judge(rest.slice(known), programs, depth - 1);
  return rest.every((word) => isOption(word) || ASSIGNMENT.test(word)) ? { runs: "Other", why: "it runs nothing" } : undefined;
}

/** What is a value is no program, whatever it is called: `sudo -u git fluxd` runs fluxd. */
function withoutValues(rest: readonly string[], takers: ReadonlySet<string>): readonly string[] {
  let at = 0;
  while (isOption(rest[at] ?? "") && rest[at] !== "--") at += takesNext(rest[at] ?? "", takers) ? 2 : 1;
  if (!takers.has(OPERAND)) return rest.slice(at);
  return rest.slice(rest[at] === "--" ? at + 2 : at + 1);
}

/** `--user git`, `-u git` and `-nu git`, but neither `--user=git` nor `-ugit`. */
function takesNext(option: string, takers: ReadonlySet<string>): boolean {
  if (option.startsWith("--")) return takers.has(option);
  const taker = [...option.slice(1)].findIndex((letter) => takers.has(`-${letter}`));
  return taker >= 0 && taker === option.length - 2;
}

function judgeShell(rest: readonly string[], programs: Judging, depth: number): CommandReading | undefined {
  let inline = false;
  let at = 0;
  for (; at < rest.length; at += 1) {
    const word = rest[at] ?? "";
    if (word === "--") {
      at += 1;
      break;
    }
    if (!/^[-+]./.test(word)) break;
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) inline = true;
    if (/^[-+][A-Za-z]*[oO]$/.test(word)) at += 1; // -o pipefail
  }
  const script = rest[at];
  if (script === undefined) return { runs: "Other", why: "it runs a shell without a script" };
  if (inline) return judgeScript(script, rest.slice(at + 1), programs, depth);
  // A script in a file cannot be read here; like any program that is not known, it may well end in the daemon.
  return programs.daemons.has(programName(script)) ? { runs: "Daemon", args: rest.slice(at + 1) } : undefined;
}

/** The last daemon counts: `fluxd --version; exec fluxd --git-readonly` is the second. */
function judgeScript(script: string, parameters: readonly string[], programs: Judging, depth: number): CommandReading {
  const commands = depth > 0 ? simpleCommands(script).reverse() : [];
  for (const command of commands) {
    const words = withParameters(command, parameters);
    programs.scriptCharacters -= words.reduce((sum, word) => sum + word.length + 1, 0);
    if (programs.scriptCharacters < 0) break;
    const reading = judge(words, programs, depth - 1);
    if (reading?.runs === "Daemon") return reading;
  }
  return { runs: "Other", why: "its shell script names no daemon" };
}

/** `sh -c 'exec "$@"' sh fluxd --git-readonly` runs fluxd. Only the first place is filled: a thousand would hold a thousand times as much. */
function withParameters(words: readonly string[], [zero, ...others]: readonly string[]): readonly string[] {
  const named = zero === undefined ? words : words.map((word) => (word === "$0" ? zero : word));
  const at = named.findIndex((word) => /^\$[@*]$|^\$\{[@*]\}$/.test(word));
  return at < 0 ? named : [...named.slice(0, at), ...others, ...named.slice(at + 1)];
}

function withoutLeadingWords(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !RESERVED_WORDS.has(word) && !ASSIGNMENT.test(word));
  return first < 0 ? [] : words.slice(first);
}

function isKnown(program: string, { daemons, shells, prefixes, utilities }: Programs): boolean {
  return daemons.has(program) || shells.has(program) || prefixes.has(program) || utilities.has(program);
}

function isOption(word: string): boolean {
  return word.startsWith("-");
}

function programName(word: string): string {
  return word.includes("://") ? word : word.slice(word.lastIndexOf("/") + 1);
}
