/**
 * Hears SIGTERM and SIGINT from the first line of the program on, as nothing is under way yet that had to end. Imported for that before
 * anything else: as process 1 of a container, a program that does not listen is not ended by SIGTERM at all. Not for the long run, which
 * ends what it has started (operator-command.ts).
 */
import { success } from "./exit-codes.ts";

export const END_SIGNALS = ["SIGTERM", "SIGINT"] as const;

const end = () => process.exit(success);

// Any other command is a person's, whose shell wants to know that it was cut short.
if (process.argv[2] === "operator") for (const signal of END_SIGNALS) process.once(signal, end);

/** From here on somebody else listens. */
export function started(): void {
  for (const signal of END_SIGNALS) process.removeListener(signal, end);
}
