/** Says each state that lasts once, not once a pass. Formats nothing. */
import type { KubeLog } from "../kube/log.ts";

export class Notices {
  readonly #log: KubeLog;
  readonly #said = new Map<string, string>();

  constructor(log: KubeLog) {
    this.#log = log;
  }

  /** Warns, unless this is what was last said of the topic. */
  say(topic: string, sentence: string): void {
    if (this.#said.get(topic) === sentence) return;
    this.#said.set(topic, sentence);
    this.#log.warn(sentence, {});
  }

  /** The state has ended: when it comes again, that is news. */
  over(topic: string): void {
    this.#said.delete(topic);
  }
}
