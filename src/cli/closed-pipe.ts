/** Ends the program where nobody reads its result any more, as `flux-migration scan | head` does. Without it, Node shows a stack trace. */

/** What a shell tells of a program that SIGPIPE ended. Never 0: a result that was cut off is no clean result. */
const ENDED_BY_SIGPIPE = 128 + 13;

export function endWhereNobodyReads(stream: NodeJS.WriteStream): void {
  stream.on("error", (error) => {
    if (!("code" in error && error.code === "EPIPE")) throw error;
    process.exit(ENDED_BY_SIGPIPE);
  });
}
