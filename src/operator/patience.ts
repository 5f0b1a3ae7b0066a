/** How long a kind that has not answered is waited for: a judgement rests on no look that has only begun, and no kind holds it up for ever. */
import type { Unreadable } from "../assess/look.ts";
import type { KubeLog } from "../kube/log.ts";
import type { Reflector } from "../kube/reflector.ts";

type Watch = Pick<Reflector<unknown>, "resource" | "state">;

export interface PatienceOptions {
  log: KubeLog;
  /** Called where the time of a kind that has not answered is over. */
  ended: () => void;
}

export class Patience {
  readonly #options: PatienceOptions;
  readonly #begun = new WeakSet<Watch>();
  readonly #ended = new WeakSet<Watch>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** A kind is asked from now on; a second call does nothing. */
  begin(watch: Watch, graceMs: number): void {
    if (this.#begun.has(watch)) return;
    this.#begun.add(watch);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#ended.add(watch);
      if (hasAnswered(watch)) return;
      this.#options.log.warn("a kind gives no answer; the others are judged without it", { resource: watch.resource, graceMs });
      this.#options.ended();
    }, graceMs);
    this.#timers.add(timer);
  }

  /** Whether nothing more is waited for: there is an answer, or its time is over. */
  isOver(watch: Watch): boolean {
    return hasAnswered(watch) || this.#ended.has(watch);
  }

  /** @returns what could not be read of a kind, as the assessment wants it */
  unreadable(watch: Watch): Unreadable[] {
    const { resource } = watch;
    const state = watch.state();
    if (state.at === "Unreadable") return [{ resource, verb: state.verb, reason: state.reason, message: state.message }];
    if (state.at !== "Starting" || !this.#ended.has(watch)) return [];
    // A list can come so slowly that it neither ends nor fails.
    return [{ resource, verb: "list", reason: "Unavailable", message: `${resource}: the first list has not ended` }];
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** A server that is out of reach may be back in a moment: that is no answer yet. */
export function hasAnswered(watch: Watch): boolean {
  const state = watch.state();
  return state.at !== "Starting" && (state.at !== "Unreadable" || state.reason !== "Unavailable");
}
