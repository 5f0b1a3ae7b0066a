/** The log: JSON lines in a cluster, readable lines on a terminal. One line per thing that happened. */
import pino from "pino";
import pretty from "pino-pretty";
import { visibleText } from "../detect/visible-text.ts";
import type { KubeLog } from "../kube/log.ts";
import type { LogLevel, Settings } from "./settings.ts";

export interface Log extends KubeLog {
  setLevel(level: LogLevel): void;
}

const STDERR = 2;

/** Characters of one text: a server's refusal and a trace of calls fit. */
const TEXT_CHARACTERS = 8_192;
const NAME_CHARACTERS = 100;

/**
 * Writes to stderr, so that stdout is a command's result alone.
 *
 * @param destination a descriptor, or the path of a file
 */
export function createLog(
  { logLevel, logFormat }: Pick<Settings, "logLevel" | "logFormat">,
  clock: () => Date,
  destination: number | string = STDERR,
): Log {
  const readable = logFormat === "pretty" || (logFormat === "auto" && process.stderr.isTTY);
  // As a stream in this process: a transport would be a worker of its own, which a bundle does not hold.
  const stream = readable
    ? pretty({ destination, sync: true, translateTime: "UTC:HH:MM:ss", ignore: "pid,hostname" })
    : pino.destination({ dest: destination, sync: true });
  const options = { level: logLevel, base: null, timestamp: () => `,"time":"${clock().toISOString()}"` };
  const logger = pino(options, stream);
  return {
    setLevel: (level) => {
      logger.level = level;
    },
    debug: (sentence, fields) => logger.debug(visibleFields(fields), visibleText(sentence, TEXT_CHARACTERS)),
    info: (sentence, fields) => logger.info(visibleFields(fields), visibleText(sentence, TEXT_CHARACTERS)),
    warn: (sentence, fields) => logger.warn(visibleFields(fields), visibleText(sentence, TEXT_CHARACTERS)),
    error: (sentence, fields) => logger.error(visibleFields(fields), visibleText(sentence, TEXT_CHARACTERS)),
  };
}

/** What a cluster or a server says must not steer the terminal that shows the log: JSON escapes neither U+009B, which opens a sequence in
 *  some terminals, nor what turns text around. */
function visibleFields(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [visibleText(name, NAME_CHARACTERS), visibleValue(value)]));
}

function visibleValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(visibleValue);
  if (typeof value === "object" && value !== null) return visibleFields(value);
  if (typeof value !== "string") return value;
  // Lines of a trace stay: both forms write a newline as \n.
  const text = value.length > TEXT_CHARACTERS ? `${value.slice(0, TEXT_CHARACTERS)}…` : value;
  return text
    .split("\n")
    .map((line) => visibleText(line, line.length))
    .join("\n");
}
