/** A log that keeps its lines. Prints nothing. */
import type { KubeLog } from "../../../src/kube/log.ts";

export interface Line {
  readonly level: keyof KubeLog;
  readonly sentence: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function recordingLog(): { log: KubeLog; lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: keyof KubeLog) => (sentence: string, fields: Readonly<Record<string, unknown>>) => {
    lines.push({ level, sentence, fields });
  };
  return { log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }, lines };
}
