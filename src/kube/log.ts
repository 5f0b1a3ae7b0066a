/** The one shape of log that this folder writes to: a fixed sentence and fields. Writes nothing by itself, and formats nothing. */

/** Fields of a log line, by name. Never a credential, never a whole object. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where sentences go. A pino logger fits with its two arguments turned round. */
export interface KubeLog {
  debug(sentence: string, fields: LogFields): void;
  info(sentence: string, fields: LogFields): void;
  warn(sentence: string, fields: LogFields): void;
  error(sentence: string, fields: LogFields): void;
}
