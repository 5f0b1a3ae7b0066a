/** What a replica says of its part in an election: each thing in one line, until it is another. Decides nothing. */
import type { Answer } from "../kube/lease-election.ts";
import type { KubeLog, LogFields } from "../kube/log.ts";
import type { ReflectorState } from "../kube/reflector.ts";
import { type ObjectAddress, resourceName } from "../kube/resource.ts";

/** Verbs of RBAC that an election needs. */
export type LeaseVerb = "get" | "create" | "update" | "list" | "watch";

export class LeadershipLog {
  readonly #log: KubeLog;
  readonly #address: ObjectAddress;
  /** What was last said of each topic. */
  readonly #said = new Map<string, string>();

  constructor(log: KubeLog, address: ObjectAddress) {
    this.#log = log;
    this.#address = address;
  }

  leads(): void {
    this.#tell("info", "leading: this replica writes", {});
  }

  leadsNoMore(cause: string): void {
    this.#tell("warn", "leading no more: nothing is written", { cause });
  }

  released(): void {
    this.#tell("info", "released the Lease", {});
  }

  holder(holder: string | undefined): void {
    if (this.#news("holder", holder)) this.#tell("info", "another replica leads", { holder });
  }

  /**
   * @param holder undefined where the Lease is gone: its last claim may still stand
   * @param waitMs undefined where nobody is waited for longer than usual
   */
  waits(holder: string | undefined, waitMs: number | undefined): void {
    const what = waitMs === undefined ? undefined : (holder ?? "(nobody)");
    if (!this.#news("wait", what) || waitMs === undefined) return;
    const seconds = Math.ceil(waitMs / 1000);
    if (holder !== undefined)
      this.#tell("warn", "the Lease is held for longer than is set here: a dead leader is replaced late", { holder, seconds });
    else this.#tell("info", "the Lease is gone, and whoever held it may still write: it is taken once that claim has run out", { seconds });
  }

  wrong(problem: string | undefined): void {
    if (this.#news("problem", problem)) this.#tell("warn", "the Lease is written wrongly, and replaced once it has run out", { problem });
  }

  answered(verb: LeaseVerb, answer: Answer): void {
    if (answer.at === "Refused") {
      if (this.#news(verb, answer.why)) {
        const mend = this.#mend(verb, answer.code);
        this.#tell("warn", "the Lease cannot be held, and nothing is written", { verb, error: answer.why, ...mend });
      }
      return;
    }
    this.#said.delete(verb);
    if (answer.at !== "Failed") {
      if (this.#said.delete("failure")) this.#tell("info", "the Lease is reached again", {});
    } else if (this.#news("failure", "failure")) {
      this.#tell("warn", "the Lease cannot be reached, and is tried again", { verb, error: answer.why });
    }
  }

  watched(state: ReflectorState): void {
    const refusal = state.at === "Unreadable" && state.reason === "Forbidden" ? state : undefined;
    if (this.#news("watch", refusal?.message) && refusal) {
      const { verb, message } = refusal;
      const mend = this.#mend(verb, 403);
      this.#tell("warn", "the Lease cannot be watched: a release is noticed late", { verb, error: message, ...mend });
    }
  }

  /** @returns what a person has to do, where that is known */
  #mend(verb: LeaseVerb, code: number): { mend?: string } {
    const { resource, namespace, name } = this.#address;
    // Nothing else of a Lease can be missing: its own absence is no refusal.
    if (code === 404) return { mend: `create namespace ${namespace}, or name another with --lease-namespace` };
    if (code !== 403) return {};
    // No Role can name what is yet to be made.
    const which = verb === "create" ? resourceName(resource) : `${resourceName(resource)}, resourceNames [${name}]`;
    return { mend: `a Role in namespace ${namespace} has to grant ${verb} on ${which}` };
  }

  /** @returns true where it is something, and not what was last said of it. */
  #news(topic: string, what: string | undefined): boolean {
    if (this.#said.get(topic) === what) return false;
    if (what === undefined) this.#said.delete(topic);
    else this.#said.set(topic, what);
    return what !== undefined;
  }

  #tell(level: keyof KubeLog, sentence: string, fields: LogFields): void {
    this.#log[level](sentence, { lease: `${this.#address.namespace}/${this.#address.name}`, ...fields });
  }
}
