/** Values that a person puts beside a release, where Flux 2 does not reach what Flux 1 read them from. Until then the release waits for them. */
import type { Draft } from "./draft.ts";
import { code, command } from "./markdown.ts";
import { nameFrom } from "./names.ts";

/** Of v1 and v2 alike. */
export const DEFAULT_KEY = "values.yaml";

export class SuppliedValues {
  readonly #subject: string;
  readonly #release: string;
  readonly #namespace: string;
  readonly #draft: Draft;

  constructor(subject: string, release: string, namespace: string, draft: Draft) {
    this.#subject = subject;
    this.#release = release;
    this.#namespace = namespace;
    this.#draft = draft;
  }

  /** @returns the name of the copy: one that also says where it is from, as the namespace may have an own one of the same name */
  copyOf(kind: "ConfigMap" | "Secret", name: string, from: string, isOptional: boolean): string {
    const copy = this.#draft.madeFor(kind, `${from}/${name}`, this.#namespace, nameFrom(`${from}-${name}`, "values"));
    const absent = isOptional ? ` It was optional: where there is none, take it out of ${code("spec.valuesFrom")}.` : "";
    this.#draft.ledger.chore(
      "Prepare",
      `${code(this.#subject)} takes values from the ${kind} ${code(name)} of ${code(from)}, and HelmRelease v2 reads its own namespace only. Copy it into ${code(this.#namespace)} as ${code(copy)}, and again when it changes.${absent}`,
    );
    return copy;
  }

  /** @returns the name of a ConfigMap for what the address holds, which can hold a credential itself, and is not told */
  ofAddress(url: string, field: string): string {
    const name = this.#draft.madeFor("ConfigMap", url, this.#namespace, nameFrom(`${this.#release}-external-values`, "external-values"));
    this.#draft.ledger.chore(
      "Prepare",
      `${code(this.#subject)} takes values from the address in ${code(field)}, and Flux 2 loads none from there. Download them as ${code(DEFAULT_KEY)}, and again when they change; where they hold a secret, make it a Secret, and say so in ${code("spec.valuesFrom")}:`,
      [command("kubectl", "-n", this.#namespace, "create", "configmap", name, `--from-file=${DEFAULT_KEY}`)],
    );
    return name;
  }
}
