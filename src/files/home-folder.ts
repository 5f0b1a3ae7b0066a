/** Where a person's own settings lie. A process can have no such folder: in a container, under a number that no user bears. */
import { homedir } from "node:os";

/** @returns undefined where HOME is not set and the system knows no user of this process */
export function homeFolder(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  if (environment.HOME) return environment.HOME;
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
