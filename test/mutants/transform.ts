/** Jest's transform for one mutant: the text of its file is changed before it is compiled. Without a mutant, plain compilation. */
import type { SyncTransformer } from "@jest/transform";
import swc from "@swc/jest";
import { MUTANTS, type Mutant } from "./mutants.ts";

interface Config {
  readonly swc: Parameters<typeof swc.createTransformer>[0];
  /** By its name; empty for none. */
  readonly mutant: string;
}

/** @throws where the text is not there once: the source was changed, and the mutant has to follow it */
export function mutated({ name, file, text, replacement }: Mutant, source: string): string {
  const [before, after, ...more] = source.split(text);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(
      `mutant "${name}": its text stands ${more.length + (after === undefined ? 0 : 1)} times in src/kube/${file}; want once`,
    );
  return before + replacement + after;
}

export default {
  createTransformer: ({ swc: options, mutant: name }: Config): SyncTransformer => {
    const inner = swc.createTransformer(options);
    const { process, getCacheKey } = inner;
    if (process === undefined || getCacheKey === undefined) throw new Error("@swc/jest compiles at once, and says when it has to");
    const mutant = MUTANTS.find((known) => known.name === name);
    const change = (source: string, path: string) =>
      mutant && path.endsWith(`/src/kube/${mutant.file}`) ? mutated(mutant, source) : source;
    return {
      process: (source, path, more) => process.call(inner, change(source, path), path, more),
      getCacheKey: (source, path, more) => `${name} ${getCacheKey.call(inner, change(source, path), path, more)}`,
    };
  },
};
