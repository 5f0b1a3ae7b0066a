/** The log level of a running operator: an annotation of the MigrationStatus beats the setting, so that nothing is restarted to see more. */
import { LOG_LEVEL_ANNOTATION, SINGLETON } from "../api/group.ts";
import type { Log } from "./log.ts";
import { LOG_LEVELS, type LogLevel } from "./settings.ts";

/** @returns what to tell each time the annotations were seen */
export function annotatedLevel(log: Log, setting: LogLevel): (annotations: Readonly<Record<string, string>>) => void {
  let last: string | undefined;
  return (annotations) => {
    const wanted = annotations[LOG_LEVEL_ANNOTATION];
    if (wanted === last) return;
    last = wanted;
    const level = wanted === undefined ? setting : LOG_LEVELS.find((known) => known === wanted);
    if (level === undefined) {
      const found = JSON.stringify((wanted ?? "").slice(0, 60));
      log.warn(`MigrationStatus/${SINGLETON}: annotation ${LOG_LEVEL_ANNOTATION} is ${found}; want one of ${LOG_LEVELS.join(", ")}`, {});
      return;
    }
    // Said at the level that shows it: whoever asks for less wants to see that it was heard.
    log.setLevel("info");
    log.info("the log level is another", { level, by: wanted === undefined ? "setting" : "annotation" });
    log.setLevel(level);
  };
}
