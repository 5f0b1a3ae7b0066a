/** `flux-migration`: reads the command line and hands over. Holds no work of its own, and no command (program.ts). */
import "./starting.ts";

import { CommanderError } from "commander";
import { visibleText } from "../detect/visible-text.ts";
import { kubectlCompletes } from "./called-as.ts";
import { endWhereNobodyReads } from "./closed-pipe.ts";
import { couldNotRead, success, usageError } from "./exit-codes.ts";
import { program } from "./program.ts";

/**
 * Names of errors that a person mends before trying again; by name, for their modules need not be loaded. Anything else means that the
 * cluster did not answer as it should.
 */
const MISTAKES: ReadonlySet<string> = new Set([
  "WrongSetting",
  "UnreadableData",
  "InvalidData",
  "KubeconfigError",
  "CannotListen",
  "UnknownTarget",
  "InTheWay",
  "NoSuchFile",
  "WrongBaseline",
]);

const LINE_CHARACTERS = 4_096;

function end(code: number): void {
  process.exitCode = code;
}

endWhereNobodyReads(process);

try {
  const words = process.argv.slice(2);
  const request = kubectlCompletes(process.argv[1] ?? "") ? ["__complete", ...words] : words;
  // Before commander, which would take the words for flags of this run.
  if (request[0]?.startsWith("__complete")) await (await import("./completion/complete.ts")).complete(program(end), request);
  else await program(end).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; --help and --version end here too, with 0.
    process.exitCode = error.exitCode === 0 ? success : usageError;
  } else {
    // A path may hold anything; a message of ours has lines.
    const lines = (error instanceof Error ? error.message : String(error)).split("\n");
    process.stderr.write(`flux-migration: ${lines.map((line) => visibleText(line, LINE_CHARACTERS)).join("\n")}\n`);
    process.exitCode = error instanceof Error && MISTAKES.has(error.name) ? usageError : couldNotRead;
  }
}
