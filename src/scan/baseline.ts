/** What an earlier scan found and somebody took note of: it counts no more, unless it became graver. Reads no file. */
import * as z from "zod";
import type { Component } from "../api/inventory.ts";
import { MigrationStatusStatus } from "../api/migration-status.ts";
import { SEVERITIES, type Severity } from "../api/words.ts";
import type { DetectedComponent } from "../detect/component.ts";

const Printed = z.looseObject({ kind: z.literal("MigrationStatus"), status: MigrationStatusStatus });

/** A file that is no output of a scan. */
export class WrongBaseline extends Error {
  override readonly name = "WrongBaseline";
}

type Placed = Pick<Component, "name" | "namespace" | "workload" | "container" | "source">;

/** Lines move with each edit above them, so they tell nothing apart. */
function keyOf({ name, namespace, workload, container, source }: Placed): string {
  return JSON.stringify([name, namespace, workload.kind, workload.name, container, source?.file ?? ""]);
}

export class Baseline {
  readonly #file: string;
  readonly #severities: ReadonlyMap<string, Severity>;

  /**
   * @param input an earlier `scan -o json` or `-o yaml`, as its reader gives it
   * @param file its name, for messages and as the reason
   * @throws WrongBaseline
   */
  constructor(input: unknown, file: string) {
    const printed = Printed.safeParse(input);
    if (!printed.success) throw new WrongBaseline(`${file}: is no MigrationStatus; want the output of flux-migration scan -o json`);
    const components = printed.data.status.inventory?.components ?? [];
    this.#file = file;
    // What was ignored then was not taken note of here: its own date holds.
    this.#severities = new Map(components.filter(({ ignored }) => !ignored).map((component) => [keyOf(component), component.severity]));
  }

  /** @returns the keys of those that it knows and that are no graver than they were */
  known(components: readonly Component[]): ReadonlySet<string> {
    const rank = (severity: Severity) => SEVERITIES.indexOf(severity);
    return new Set(
      components.flatMap((component) => {
        const before = this.#severities.get(keyOf(component));
        return before !== undefined && rank(component.severity) <= rank(before) ? [keyOf(component)] : [];
      }),
    );
  }

  setAside(component: DetectedComponent, known: ReadonlySet<string>): DetectedComponent {
    if (component.setAside || !known.has(keyOf(component))) return component;
    return { ...component, setAside: { reason: `known since ${this.#file}` } };
  }
}
