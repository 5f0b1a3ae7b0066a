/**
 * Reads a Dockerfile, as far as ours goes: what it does not know it refuses, by line, so that a check never passes over what an engine
 * would do. Runs nothing (stages.ts).
 */

/** https://docs.docker.com/reference/dockerfile/ */
export type Instruction =
  | { readonly does: "ARG"; readonly name: string; readonly value: string }
  | ({
      readonly does: "COPY";
      readonly from: string | undefined;
      readonly chown: string | undefined;
      readonly chmod: number | undefined;
    } & Paths)
  | { readonly does: "RUN" | "ENTRYPOINT" | "CMD"; readonly command: readonly string[] }
  | { readonly does: "ENV" | "LABEL"; readonly pairs: ReadonlyMap<string, string> }
  | { readonly does: "USER" | "WORKDIR"; readonly value: string };

interface Paths {
  readonly sources: readonly string[];
  readonly target: string;
}

export interface Stage {
  readonly name: string | undefined;
  /** The base image, or the stage before that it goes on from. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The Dockerfile holds what this reader does not know. */
export class UnknownInstruction extends Error {
  override readonly name = "UnknownInstruction";
}

/** @param given build arguments, which beat the defaults of ARG */
export function parseDockerfile(text: string, given: Readonly<Record<string, string>> = {}): Stage[] {
  const stages: { name: string | undefined; from: string; instructions: Instruction[] }[] = [];
  // Arguments before the first FROM are for FROM lines; each stage has its own.
  const global = new Map<string, string>();
  let variables = global;
  text.split("\n").forEach((line, index) => {
    const [, word = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (line.trim() === "" || line.trim().startsWith("#")) return;
    const refuse = (why: string): never => {
      throw new UnknownInstruction(`Dockerfile:${index + 1}: ${why}; build/dockerfile.ts says what is known: ${line.trim()}`);
    };
    if (word === "FROM") {
      stages.push(readFrom(substitute(rest, global, refuse), refuse));
      variables = new Map();
      return;
    }
    const instruction = readInstruction(word, word === "LABEL" ? substitute(rest, variables, refuse) : rest, refuse);
    if (instruction.does === "ARG") variables.set(instruction.name, given[instruction.name] ?? instruction.value);
    const stage = stages.at(-1);
    if (stage) stage.instructions.push(instruction);
    else if (instruction.does !== "ARG") refuse("stands before the first FROM");
  });
  return stages;
}

type Refuse = (why: string) => never;

function readFrom(rest: string, refuse: Refuse): { name: string | undefined; from: string; instructions: Instruction[] } {
  const [, from, name] = /^(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
  return from === undefined ? refuse("want FROM [--platform=P] IMAGE [AS NAME]") : { from, name, instructions: [] };
}

function readInstruction(word: string, rest: string, refuse: Refuse): Instruction {
  switch (word) {
    case "ARG": {
      const [, name, value] = /^(\w+)=(\S+)$/.exec(rest) ?? [];
      return name === undefined || value === undefined ? refuse("want ARG NAME=DEFAULT") : { does: word, name, value };
    }
    case "COPY":
      return readCopy(rest, refuse);
    case "RUN":
    case "ENTRYPOINT":
    case "CMD":
      return { does: word, command: readArray(rest, refuse) };
    case "ENV":
    case "LABEL":
      return { does: word, pairs: readPairs(rest, refuse) };
    case "USER":
    case "WORKDIR":
      return /^\S+$/.test(rest) ? { does: word, value: rest } : refuse("want one word");
    default:
      return refuse(`${word === "" ? "this line" : word} is not known`);
  }
}

function readCopy(rest: string, refuse: Refuse): Instruction {
  const words = rest.split(/\s+/);
  const flags = new Map(
    words.filter((word) => word.startsWith("--")).map((word) => [word.split("=", 1)[0] ?? "", word.slice(word.indexOf("=") + 1)]),
  );
  const unknown = [...flags.keys()].find((flag) => !["--from", "--chown", "--chmod"].includes(flag));
  if (unknown !== undefined) refuse(`COPY ${unknown} is not known`);
  const chmod = flags.get("--chmod");
  if (chmod !== undefined && !/^0[0-7]{3}$/.test(chmod)) refuse("want --chmod=0NNN");
  const sources = words.filter((word) => !word.startsWith("--"));
  const target = sources.pop();
  if (target === undefined || sources.length === 0 || !target.startsWith("/")) return refuse("want COPY SOURCE... /TARGET");
  if (sources.length > 1 && !target.endsWith("/")) refuse("several sources want a target that ends in /");
  return {
    does: "COPY",
    from: flags.get("--from"),
    chown: flags.get("--chown"),
    chmod: chmod === undefined ? undefined : Number.parseInt(chmod, 8),
    sources,
    target,
  };
}

/** The shell form would need a shell, which the image does not have. */
function readArray(rest: string, refuse: Refuse): string[] {
  const words = rest.startsWith("[") ? parsed(rest) : undefined;
  return Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === "string")
    ? words
    : refuse('want ["PROGRAM", "ARGUMENT"]');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function readPairs(rest: string, refuse: Refuse): Map<string, string> {
  const pairs = [...rest.matchAll(/([\w.]+)=(?:"([^"\\]*)"|([^\s"]+))(?:\s+|$)/g)];
  if (pairs.map(([whole]) => whole).join("") !== rest || pairs.length === 0) refuse('want NAME=VALUE or NAME="VALUE"');
  return new Map(pairs.map(([, name = "", quoted, bare]) => [name, quoted ?? bare ?? ""]));
}

/** Variables that an engine sets by itself; they change nothing in what is copied and run. */
const SET_BY_ENGINE = new Set(["BUILDPLATFORM"]);

function substitute(text: string, variables: ReadonlyMap<string, string>, refuse: Refuse): string {
  return text.replaceAll(/\$(\w+)/g, (whole, name: string) =>
    SET_BY_ENGINE.has(name) ? whole : (variables.get(name) ?? refuse(`$${name} is not set by an ARG before`)),
  );
}
