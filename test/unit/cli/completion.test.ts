/** What can come next on a command line: from the tree of commands, with sources that stand in for data and kubeconfigs. */
import { describe, expect, test } from "@jest/globals";
import { Argument, type Command, Option } from "commander";
import { completionOf, type Sources } from "../../../src/cli/completion/candidates.ts";
import { commandsOf, optionsOf } from "../../../src/cli/completion/command-line.ts";
import { takes, takesValue } from "../../../src/cli/completion/placeholders.ts";
import { program } from "../../../src/cli/program.ts";
import { FORMATS } from "../../../src/cli/scan-options.ts";

const asked: string[] = [];
const sources: Sources = {
  contexts: async (kubeconfig) => {
    asked.push(`contexts of ${kubeconfig}`);
    return [
      "prod",
      "arn:aws:eks:eu:1:cluster/x",
      "two words",
      "evil\u001b[31m",
      "tab\tbed",
      "line\nfeed",
      "turned\u202eround",
      "",
      "x".repeat(300),
    ];
  },
  editions: async (folder) => {
    asked.push(`editions of ${folder}`);
    return ["2021-03-24", "2022-09-20"];
  },
  minors: async () => ["2.8", "2.9"],
};

const root = program(() => {});
/** Values, then what the shell does with them. */
async function next(...words: readonly string[]): Promise<string> {
  const { candidates, directive } = await completionOf(root, words, sources);
  return [...candidates.map(({ value }) => value), `:${directive}`].join(" ");
}

const LINES: readonly [words: readonly string[], expected: string, why?: string][] = [
  [["sc"], "scan :4"],
  [["timetable", ""], "diff :4"],
  [["help", "ti"], "timetable :36"],
  [["scan", "--out"], "--output :4"],
  [["scan", "-"], ":0", "the standard input is no flag"],
  [["scan", "-o", ""], `${FORMATS.join(" ")} :36`],
  [["scan", "--output=ya"], "yaml :36"],
  [["scan", "-ojson", "--output"], ":4", "given already"],
  [["scan", "--context", "prod", "--contex"], "--context :4", "may be given again"],
  [["scan", "--fail-on", "Sup"], "Superseded :36"],
  [["scan", "--exec-plugins", ""], "allow deny :36"],
  [["scan", "file.yaml", "other"], ":0", "more files"],
  [["scan", "--", "--out"], ":0", "after -- nothing is a flag"],
  [["scan", "--baseline", "b"], ":0"],
  [["scan", "--data-folder", ""], ":16"],
  [["plan", "--dir="], ":16"],
  [["plan", "--flux-version", ""], "2.8 2.9 :36"],
  [["timetable", "diff", "2021-03-24", ""], "2021-03-24 2022-09-20 :36"],
  [["timetable", "diff", "2021-03-24", "2022-09-20", ""], ":4", "no third one"],
  [["operator", "--log-level", ""], "debug info warn error :36"],
  [["scan", "--at", ""], ":36", "no date is proposed, and no file"],
  [["completion", ""], "bash zsh fish :36"],
  [["unknown", "--flag"], ":4"],
  [["scan", "-o"], "-o :4", "a flag that is whole"],
];

describe("words", () => {
  test.each(LINES)("%j: %s", async (words, expected) => expect(await next(...words)).toBe(expected));

  test("are described", async () => {
    expect((await completionOf(root, ["timet"], sources)).candidates).toEqual([
      { value: "timetable", description: "Prints the published timetable, and where a day stands in it." },
    ]);
  });
});

test("names from a kubeconfig that steer a terminal or end a line are left out", async () => {
  expect((await completionOf(root, ["scan", "--context", ""], sources)).candidates.map(({ value }) => value)).toEqual([
    "prod",
    "arn:aws:eks:eu:1:cluster/x",
    "two words",
  ]);
});

test("files that the line names are looked at, and none where nobody asks", async () => {
  asked.length = 0;
  await next("scan", "--kubeconfig=k.yaml", "--context", "");
  await next("timetable", "--data-folder", "d", "--edition", "");
  await next("scan", "--f");
  expect(asked).toEqual(["contexts of k.yaml", "editions of d"]);
});

describe("the tree of commands", () => {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

  test.each(all(root).map((command) => [command.name(), command] as const))("%s has no placeholder that is unknown", (_, command) => {
    const valued = [...optionsOf(command).filter(takesValue), ...commandsOf(command).flatMap((each) => each.registeredArguments)];
    for (const each of [...valued, ...command.registeredArguments]) expect(() => takes(each)).not.toThrow();
  });

  test("a placeholder that nobody told about is a mistake of ours", () => {
    expect(() => takes(new Option("--such <THING>"))).toThrow(
      "the placeholder THING is unknown; name it in src/cli/completion/placeholders.ts",
    );
    expect(() => takes(new Argument("<THING>"))).toThrow("THING");
  });
});
