/**
 * Reads arguments as Go's pflag does. Knows no flag by name: which ones are booleans is given (fluxd-flags.ts for fluxd).
 * Where pflag would refuse to start (a missing value), it reads on: what is deployed is shown, not what would work.
 */

/** What pflag makes of arguments. */
export interface ReadFlags {
  /** Every value of each flag, in order; the last one wins, lists take all. `$(NAME)` as it stands. A boolean without a value is "true". */
  flags: ReadonlyMap<string, string[]>;
  /** Arguments that are no flags. */
  rest: readonly string[];
  /** Flags that ask for a value and have none, and words that are no flag's syntax. */
  problems: readonly string[];
}

/** The words of strconv.ParseBool [1]. [1] https://pkg.go.dev/strconv#ParseBool */
const TRUE_WORDS: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/**
 * @param argv arguments without the program's name
 * @param booleans names of boolean flags, which do not take the next word. Every other flag takes it, even one that looks like a flag.
 * @param shorthands letter to name (`l` to `listen`)
 */
export function readFlags(
  argv: readonly string[],
  booleans: ReadonlySet<string>,
  shorthands: ReadonlyMap<string, string> = new Map(),
): ReadFlags {
  const flags = new Map<string, string[]>();
  let rest: string[] = [];
  const problems: string[] = [];
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) problems.push(`--${name} has no value`);
    else if (flags.get(name)?.push(value) === undefined) flags.set(name, [value]);
  };

  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--") {
      // Not pushed: a call takes no hundred thousand arguments.
      rest = rest.concat(argv.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      rest.push(word);
      continue;
    }
    const read = word.startsWith("--") ? readLong(word, booleans) : readShort(word, booleans, shorthands);
    for (const name of read.switches) set(name, "true");
    if (read.flag === undefined) continue;
    if (read.flag.name === undefined) problems.push(word);
    else if (read.flag.value !== undefined) set(read.flag.name, read.flag.value);
    else {
      at += 1;
      set(read.flag.name, argv[at]);
    }
  }
  return { flags, rest, problems };
}

/** @returns the value that counts: the last one */
export function lastValue(flags: ReadonlyMap<string, string[]>, name: string): string | undefined {
  return flags.get(name)?.at(-1);
}

/** @returns what the flag says; undefined when it is not given, or says a word that pflag does not know, as `$(NAME)` */
export function booleanValue(flags: ReadonlyMap<string, string[]>, name: string): boolean | undefined {
  const value = lastValue(flags, name);
  if (value === undefined) return undefined;
  if (TRUE_WORDS.has(value)) return true;
  return FALSE_WORDS.has(value) ? false : undefined;
}

/** One word: the booleans that it sets, and the flag that has a value in it or takes the next word. */
interface ReadWord {
  switches: readonly string[];
  flag?: { name?: string; value?: string };
}

function readLong(word: string, booleans: ReadonlySet<string>): ReadWord {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  if (name === "" || name.startsWith("-")) return { switches: [], flag: {} };
  if (equals >= 0) return { switches: [], flag: { name, value: word.slice(equals + 1) } };
  return booleans.has(name) ? { switches: [name] } : { switches: [], flag: { name } };
}

/** `-l :3030`, `-l=:3030`, `-l:3030`, and booleans run together before it. */
function readShort(word: string, booleans: ReadonlySet<string>, shorthands: ReadonlyMap<string, string>): ReadWord {
  const switches: string[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const name = shorthands.get(word.charAt(at));
    if (name === undefined) return { switches, flag: {} };
    const after = word.slice(at + 1);
    if (after.length > 1 && after.startsWith("=")) return { switches, flag: { name, value: after.slice(1) } };
    if (!booleans.has(name)) return { switches, flag: after === "" ? { name } : { name, value: after } };
    switches.push(name);
  }
  return { switches };
}
