/**
 * Reads one YAML or JSON document as kubectl reads it, within limits, and never throws. Knows nothing of Kubernetes.
 * Aliases share what they name, so that a bomb of aliases is no larger than its text; whoever walks a value sets itself a limit.
 */
import {
  binaryTag,
  constructFromEvents,
  defineScalarTag,
  floatCoreTag,
  floatYaml11Tag,
  intCoreTag,
  intYaml11Tag,
  mapTag,
  NOT_RESOLVED,
  omapTag,
  pairsTag,
  parseEvents,
  Schema,
  seqTag,
  setTag,
  strTag,
  timestampTag,
  YAML11_SCHEMA,
  YAMLException,
} from "js-yaml";
import { YamlPlaces } from "../data/yaml-lines.ts";
import { visibleText } from "../detect/visible-text.ts";

/** A reason quotes what it found: an alias of any length. */
const REASON_CHARACTERS = 200;

const binaryAsText = defineScalarTag(binaryTag.tagName, {
  resolve: (source) => Buffer.from(source, "base64").toString("utf8"),
  identify: () => false,
});

type Resolve = typeof intYaml11Tag.resolve;

/** 1:20 is 80 in YAML 1.1, and a text to kubectl; 1e3 and 0o14 are numbers to it, as in YAML 1.2. */
function firstThatReads(...resolves: readonly Resolve[]): Resolve {
  return (source, ...rest) => {
    if (source.includes(":")) return NOT_RESOLVED;
    for (const resolve of resolves) {
      const read = resolve(source, ...rest);
      if (read !== NOT_RESOLVED) return read;
    }
    return NOT_RESOLVED;
  };
}

const intAsKubectl = { ...intYaml11Tag, resolve: firstThatReads(intYaml11Tag.resolve, intCoreTag.resolve) };
const floatAsKubectl = { ...floatYaml11Tag, resolve: firstThatReads(floatYaml11Tag.resolve, floatCoreTag.resolve) };

const REPLACED: readonly string[] = [timestampTag, binaryTag, intYaml11Tag, floatYaml11Tag, omapTag, pairsTag, setTag].map(
  ({ tagName }) => tagName,
);

/** Of any name: `!Ref a` of CloudFormation is the text a to kubectl, and nothing is made of it but texts, lists and mappings. */
const ANY = { tagName: "", matchByTagPrefix: true };

/** YAML 1.1, in which `yes` is true; but dates stay texts, and !!binary is the text that it encodes [1]. [1] sigs.k8s.io/yaml, yaml.go */
const AS_KUBECTL = new Schema([
  ...YAML11_SCHEMA.tags.filter(({ tagName }) => !REPLACED.includes(tagName)),
  intAsKubectl,
  floatAsKubectl,
  binaryAsText,
  { ...strTag, ...ANY },
  { ...seqTag, ...ANY },
  { ...mapTag, ...ANY },
]);

export interface YamlDocument {
  readonly value: unknown;
  /** Node of `places` that the value was read from. */
  readonly root: number;
}

export interface YamlProblem {
  /** Counted from 1, within the text. */
  readonly line: number;
  readonly why: string;
}

export interface YamlReading {
  /** More than one where `...` ends a document in the middle. */
  readonly documents: readonly YamlDocument[];
  readonly places: YamlPlaces;
  /** A key that stands twice leaves a value all the same; every other problem leaves none. */
  readonly problem?: YamlProblem;
}

export interface YamlLimits {
  readonly depth: number;
  readonly aliases: number;
}

export function readYaml(text: string, limits: YamlLimits): YamlReading {
  try {
    const events = parseEvents(text, { maxDepth: limits.depth });
    const places = new YamlPlaces(text, events);
    const read = (json: boolean) => {
      const values = constructFromEvents(events, { source: text, schema: AS_KUBECTL, maxAliases: limits.aliases, json });
      const roots = places.roots();
      return values.map((value, index) => ({ value, root: roots[index] ?? -1 }));
    };
    try {
      return { documents: read(false), places };
    } catch (error) {
      if (!(error instanceof YAMLException) || error.reason !== "duplicated mapping key") throw error;
      // Nobody can say which of the two holds; what is seen is shown all the same.
      return { documents: read(true), places, problem: problemOf(error) };
    }
  } catch (error) {
    return { documents: [], places: new YamlPlaces(text, []), problem: problemOf(error) };
  }
}

function problemOf(error: unknown): YamlProblem {
  if (!(error instanceof YAMLException)) return { line: 1, why: "is nested too deeply, or too large, to be read" };
  return { line: (error.mark?.line ?? 0) + 1, why: visibleText(error.reason, REASON_CHARACTERS) };
}
