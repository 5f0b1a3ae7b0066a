/** The log: JSON lines in a cluster, readable lines on a terminal. One line per thing that happened. */
import pino from "pino";
import pretty from "pino-pretty";
import type { KubeLog } from "../kube/log.ts";
import type { LogLevel, Settings } from "./settings.ts";

export interface Log extends KubeLog {
  setLevel(level: LogLevel): void;
}

/** Writes to stderr, so that stdout is a command's result alone. */
export function createLog({ logLevel, logFormat }: Pick<Settings, "logLevel" | "logFormat">, clock: () => Date): Log {
  const readable = logFormat === "pretty" || (logFormat === "auto" && process.stderr.isTTY);
  // As a stream in this process: a transport would be a worker of its own, which a bundle does not hold.
  const stream = readable
    ? pretty({ destination: 2, sync: true, translateTime: "UTC:HH:MM:ss", ignore: "pid,hostname" })
    : pino.destination({ dest: 2, sync: true });
  const options = { level: logLevel, base: null, timestamp: () => `,"time":"${clock().toISOString()}"` };
  const logger = pino(options, stream);
  return {
    setLevel: (level) => {
      logger.level = level;
    },
    debug: (sentence, fields) => logger.debug(fields, sentence),
    info: (sentence, fields) => logger.info(fields, sentence),
    warn: (sentence, fields) => logger.warn(fields, sentence),
    error: (sentence, fields) => logger.error(fields, sentence),
  };
}
