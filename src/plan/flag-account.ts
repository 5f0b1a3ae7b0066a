/** A daemon's flags while they are translated: each that is read is accounted for, and what remains is listed with a reason. */
import { booleanValue, lastValue, type ReadFlags } from "../detect/pflags.ts";
import { toolkitDuration } from "./go-duration.ts";
import type { Ledger } from "./ledger.ts";

export class FlagAccount {
  readonly subject: string;
  readonly #read: ReadFlags;
  readonly #ledger: Ledger;

  constructor(subject: string, read: ReadFlags, ledger: Ledger) {
    this.subject = subject;
    this.#read = read;
    this.#ledger = ledger;
  }

  has(name: string): boolean {
    return this.#read.flags.has(name);
  }

  /** The last value; undefined where it is not given, or empty. */
  text(name: string): string | undefined {
    return lastValue(this.#read.flags, name) || undefined;
  }

  /** All values of a flag that takes a comma list and can be repeated. */
  list(name: string): string[] {
    const values = this.#read.flags.get(name) ?? [];
    return values.flatMap((value) => value.split(",")).filter((value) => value !== "");
  }

  isTrue(name: string): boolean {
    return booleanValue(this.#read.flags, name) === true;
  }

  /**
   * The duration in the toolkit's form.
   * @param otherwise the flag's default, taken where it is not given, or cannot be read: that is listed
   * @param hours whether the field takes hours
   */
  duration(name: string, otherwise: string, to: string, hours = true): string {
    const given = this.text(name);
    if (given === undefined) return otherwise;
    const duration = toolkitDuration(given, hours);
    if (duration === undefined) this.left(name, `it is no duration that Flux 2 takes; ${otherwise}, Flux 1's default, stands in its place`);
    else this.translated(name, to);
    return duration ?? otherwise;
  }

  /** Where the flag is given. */
  translated(name: string, to: string): void {
    if (this.has(name)) this.#ledger.translated(this.subject, `--${name}`, to);
  }

  /** Where the flag is given. */
  left(name: string, reason: string): void {
    if (this.has(name)) this.#ledger.left(this.subject, `--${name}`, reason);
  }

  /** @param reasonOf for each flag that nothing has accounted for */
  close(reasonOf: (name: string) => string): void {
    for (const name of this.#read.flags.keys()) {
      if (!this.#ledger.isAccounted(this.subject, `--${name}`)) this.left(name, reasonOf(name));
    }
    // What they say is not told: a word that is no flag can be half a credential.
    if (this.#read.rest.length > 0) this.#ledger.left(this.subject, "arguments that are no flags", "the daemon takes none");
    if (this.#read.problems.length > 0)
      this.#ledger.left(this.subject, "arguments that no flag parser reads", "the daemon would not start with them");
  }
}
