/**
 * What a flag or an argument takes, read from the placeholder that its help shows: `--kubeconfig <FILE>` takes a file. So there is no
 * second list of flags. Looks nothing up itself.
 */
import type { Argument, Option } from "commander";

export type Taken = "Files" | "Folders" | "Editions" | "Contexts" | "Minors" | "Commands" | "Anything";

/** Every placeholder, or part of one between bars, that is no word to be typed. A test compares it with the flags that there are. */
const PLACEHOLDERS: Readonly<Record<string, Taken>> = {
  FILE: "Files",
  DIR: "Folders",
  EDITION: "Editions",
  "OLD-EDITION": "Editions",
  "NEW-EDITION": "Editions",
  CONTEXT: "Contexts",
  MINOR: "Minors",
  command: "Commands",
  DATE: "Anything",
  NAME: "Anything",
  USER: "Anything",
  DURATION: "Anything",
  SECONDS: "Anything",
  LABEL: "Anything",
  PATTERN: "Files",
  "HOST:PORT": "Anything",
  "COMMAND,...": "Anything",
  "-": "Anything",
};

export interface Takes {
  /** Words that can be typed as they are. */
  readonly words: readonly string[];
  readonly kinds: ReadonlySet<Taken>;
}

/** @throws for a placeholder that is missing above: a mistake of ours, which a test finds */
export function takes(of: Option | Argument): Takes {
  if (of.argChoices !== undefined) return { words: of.argChoices, kinds: new Set() };
  const parts = placeholderOf(of).split("|");
  const words = parts.filter((part) => /^[a-z]+$/.test(part) && !Object.hasOwn(PLACEHOLDERS, part));
  const kinds = parts.filter((part) => !words.includes(part)).map((part) => PLACEHOLDERS[part] ?? unknown(part));
  return { words, kinds: new Set(kinds) };
}

/** Empty for a flag that takes no value. */
function placeholderOf(of: Option | Argument): string {
  return "flags" in of ? (/[<[](.+)[>\]]$/.exec(of.flags)?.[1] ?? "") : of.name();
}

export function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function unknown(part: string): never {
  throw new Error(`the placeholder ${part} is unknown; name it in src/cli/completion/placeholders.ts`);
}
