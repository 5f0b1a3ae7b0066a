/**
 * The account of a translation: what each field of Flux 1 became, what has no equal, and what a person must do. Nothing is left out of it:
 * a field that was read is translated or listed. Translates nothing itself.
 */
import { visibleText } from "../detect/visible-text.ts";

/** A field whose meaning stands in a generated object. */
export interface Translation {
  /** `Deployment flux/flux` */
  readonly subject: string;
  /** `--git-branch`, `spec.maxHistory`, `fluxcd.io/automated`. */
  readonly field: string;
  /** `GitRepository flux-system/fleet spec.ref.branch` */
  readonly to: string;
}

/** A field without an equal. Its value is not told: it can be a credential. */
export interface Untranslated {
  readonly subject: string;
  readonly field: string;
  readonly reason: string;
}

/** The steps of a migration, in the official order: never two controllers over the same objects. */
export const STEPS = [
  "UpgradeToolkit",
  "InstallToolkit",
  "Prepare",
  "StopFluxd",
  "ApplySync",
  "ImageAutomation",
  "StopHelmOperator",
  "ApplyReleases",
  "RemoveWorkloads",
  "RemoveLeftovers",
] as const;
export type StepName = (typeof STEPS)[number];

/** Something that a person does within a step. Every text of it is safe in Markdown (markdown.ts); commands are safe in a shell. */
export interface Chore {
  readonly step: StepName;
  readonly text: string;
  readonly commands: readonly string[];
  /** Lines for the user's own files, with the language of the block. */
  readonly lines?: { readonly language: string; readonly text: readonly string[] };
}

/** Characters shown of a field's name: Kubernetes allows 253 and 63 of an annotation's, an argument anything. */
const FIELD_CHARACTERS = 330;

export class Ledger {
  readonly translations: Translation[] = [];
  readonly untranslated: Untranslated[] = [];
  readonly chores: Chore[] = [];
  /** What was told of each field of each subject. */
  readonly #accounted = new Map<string, Map<string, Set<string>>>();

  /** The same is told once, however many objects ask for it. */
  translated(subject: string, field: string, to: string): void {
    if (!this.#isNews(subject, field, to)) return;
    this.translations.push({ subject, field: visibleText(field, FIELD_CHARACTERS), to });
  }

  /** The same is told once. */
  left(subject: string, field: string, reason: string): void {
    if (!this.#isNews(subject, field, reason)) return;
    this.untranslated.push({ subject, field: visibleText(field, FIELD_CHARACTERS), reason });
  }

  /** The same text is told once, however many fields ask for it. */
  chore(step: StepName, text: string, commands: readonly string[] = [], lines?: Chore["lines"]): void {
    const same = (each: Chore) => each.step === step && each.text === text && each.commands.join("\n") === commands.join("\n");
    if (lines === undefined && this.chores.some(same)) return;
    this.chores.push({ step, text, commands, ...(lines === undefined ? {} : { lines }) });
  }

  isAccounted(subject: string, field: string): boolean {
    return this.#accounted.get(subject)?.has(field) ?? false;
  }

  #isNews(subject: string, field: string, told: string): boolean {
    const fields = this.#accounted.get(subject) ?? new Map<string, Set<string>>();
    const all = fields.get(field) ?? new Set();
    if (all.has(told)) return false;
    this.#accounted.set(subject, fields.set(field, all.add(told)));
    return true;
  }
}

/**
 * The fields of a value that the ledger does not hold yet, by their paths: `spec.rollback.enable`, `spec.valuesFrom[0].secretKeyRef`.
 * Nothing is in an empty mapping or list, so nothing is lost with it.
 */
export function unaccounted(ledger: Ledger, subject: string, value: unknown, path: string): string[] {
  if (value === undefined || ledger.isAccounted(subject, path)) return [];
  if (Array.isArray(value)) return value.flatMap((each, index) => unaccounted(ledger, subject, each, `${path}[${index}]`));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, each]) => unaccounted(ledger, subject, each, path === "" ? key : `${path}.${key}`));
  return [path];
}
