import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FLUXD_BOOLEANS, fluxdFeatures, readFluxdFlags } from "../../../src/detect/fluxd-flags.ts";
import { booleanValue, readFlags } from "../../../src/detect/pflags.ts";

const features = (...args: string[]) => fluxdFeatures(args).join(" ");

describe("what fluxd is used for", () => {
  test.each<[string[], string]>([
    [[], "ImageAutomation"],
    [["--git-readonly"], "ReadOnly"],
    [["--git-readonly=true"], "ReadOnly"],
    [["--git-readonly=false"], "ImageAutomation"],
    [["--git-readonly", "false"], "ReadOnly"], // a boolean does not take the next word
    [["--git-readonly=false", "--git-readonly"], "ReadOnly"],
    [["--git-readonly", "--git-readonly=0"], "ImageAutomation"],
    [["--git-readonly=maybe"], "ImageAutomation"],
    [["--registry-disable-scanning"], ""],
    [["--registry-disable-scanning=F"], "ImageAutomation"],
    [["--sync-garbage-collection"], "ImageAutomation GarbageCollection"],
    [["--sync-garbage-collection-dry"], "ImageAutomation"],
    [["--sync-garbage-collection=false", "--sync-garbage-collection-dry"], "ImageAutomation"],
    [["--sync-garbage-collection", "--sync-garbage-collection-dry=true"], "ImageAutomation"],
    [["--sync-garbage-collection", "--sync-garbage-collection-dry=false"], "ImageAutomation GarbageCollection"],
    [["--manifest-generation=t", "--git-readonly"], "ReadOnly ManifestGeneration"],
    [["--manifest-generation=false"], "ImageAutomation"],
    [["--git-url=git@github.com:org/repo"], "ImageAutomation SyncRepository"],
    [["--git-url", "git@github.com:org/repo", "--git-readonly"], "ReadOnly SyncRepository"],
    [["--git-url="], "ImageAutomation"],
    [["--git-url=a", "--git-url="], "ImageAutomation"],
    [["--git-url", "--git-readonly"], "ImageAutomation SyncRepository"], // the URL is "--git-readonly"
    [["--", "--git-readonly"], "ImageAutomation"],
    [["-l", "--git-readonly"], "ImageAutomation"], // the address is "--git-readonly"
    [["-l:3031", "--git-readonly"], "ReadOnly"],
    [["word", "--git-readonly"], "ReadOnly"],
    [["-git-readonly"], "ImageAutomation"], // pflag wants two dashes
    [["--Git-Readonly"], "ImageAutomation"],
  ])("%j: %s", (args, expected) => expect(features(...args)).toBe(expected));

  test.each(["1", "t", "T", "TRUE", "true", "True"])("%s is true", (word) => expect(features(`--git-readonly=${word}`)).toBe("ReadOnly"));
  test.each(["0", "f", "F", "FALSE", "false", "False", "yes", "tRUE", "", " true"])("%j is not", (word) =>
    expect(features(`--git-readonly=${word}`)).toBe("ImageAutomation"),
  );
});

describe("readFlags", () => {
  test("keeps every value, references as they stand", () => {
    const { flags, rest, problems } = readFluxdFlags([
      "--git-path=a,b",
      "--git-url=https://$(USER):$(KEY)@host/x",
      "--git-path",
      "c=d",
      "word",
      "--token",
    ]);
    expect([...flags]).toEqual([
      ["git-path", ["a,b", "c=d"]],
      ["git-url", ["https://$(USER):$(KEY)@host/x"]],
    ]);
    expect(rest).toEqual(["word"]);
    expect(problems).toEqual(["--token has no value"]);
  });

  test("reads shorthands as pflag does", () => {
    const read = (...argv: string[]) => {
      const { flags, rest, problems } = readFlags(
        argv,
        new Set(["verbose"]),
        new Map([
          ["v", "verbose"],
          ["l", "listen"],
        ]),
      );
      return [[...flags].map(([name, values]) => `${name}=${values.join("+")}`).join(" "), rest.join(" "), problems.join(" ")];
    };
    expect(read("-vl", ":1", "x")).toEqual(["verbose=true listen=:1", "x", ""]);
    expect(read("-l=:1", "-l:2", "-v=false")).toEqual(["listen=:1+:2 verbose=false", "", ""]);
    expect(read("-vv", "-")).toEqual(["verbose=true+true", "-", ""]);
    expect(read("-x", "--=1", "---a")).toEqual(["", "", "-x --=1 ---a"]);
  });

  test("however many words stand behind --, each is one", () => {
    expect(readFlags(["--a=1", "--", ...Array<string>(200_000).fill("-x")], new Set()).rest).toHaveLength(200_000);
  });

  test("names of an object's prototype are flags like any other", () => {
    const { flags } = readFlags(["--__proto__=1", "--constructor", "2"], new Set());
    expect([...flags.keys()]).toEqual(["__proto__", "constructor"]);
  });

  test("a flag with its value in one word says the same wherever it stands", () => {
    const name = fc.constantFrom(...FLUXD_BOOLEANS);
    fc.assert(
      fc.property(name, fc.boolean(), fc.array(fc.constantFrom("--git-url=x", "--sops", "word", "-l:1")), (flag, value, before) => {
        expect(booleanValue(readFluxdFlags([...before, `--${flag}=${value}`]).flags, flag)).toBe(value);
      }),
    );
  });

  test("no word is lost", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (argv) => {
        const { flags, rest, problems } = readFlags(argv, new Set());
        const values = [...flags.values()].reduce((sum, list) => sum + list.length, 0);
        expect(values + rest.length + problems.length).toBeLessThanOrEqual(argv.length);
        expect((values + problems.length) * 2 + rest.length + (argv.includes("--") ? 1 : 0)).toBeGreaterThanOrEqual(argv.length);
      }),
    );
  });
});
