/** Ends the program where nobody reads its result any more, as `flux-migration scan | head` does. Without it, Node shows a stack trace. */
import { couldNotRead } from "./exit-codes.ts";

/** What a shell tells of a program that SIGPIPE ended. Never 0: a result that was cut off is no clean result. */
const ENDED_BY_SIGPIPE = 128 + 13;

/** What goes to the standard error tells of the result, and is none: where nobody reads that, the program goes on. */
export function endWhereNobodyReads({ stdout, stderr }: Pick<NodeJS.Process, "stdout" | "stderr">): void {
  stderr.on("error", () => undefined);
  stdout.on("error", (error) => {
    const code = "code" in error ? String(error.code) : error.message;
    if (code === "EPIPE") process.exit(ENDED_BY_SIGPIPE);
    stderr.write(`flux-migration: the standard output takes no more (${code})\n`);
    // Not that of a finding.
    process.exit(couldNotRead);
  });
}
