/** What an earlier scan found and somebody took note of: it counts no more, unless it became graver. Reads no file. */
import * as z from "zod";
import type { Component } from "../api/inventory.ts";
import { MigrationStatusStatus } from "../api/migration-status.ts";
import { gravestFirst, SEVERITIES, type Severity } from "../api/words.ts";
import type { DetectedComponent } from "../detect/component.ts";
import { placeKey } from "./set-aside.ts";

const Printed = z.looseObject({ kind: z.literal("MigrationStatus"), status: MigrationStatusStatus });

/** A file that is no output of a scan. */
export class WrongBaseline extends Error {
  override readonly name = "WrongBaseline";
}

type Placed = Pick<Component, "name" | "namespace" | "workload" | "container" | "source">;

/**
 * Why it counts no more, and how grave it was: set aside, it has no severity. A baseline that was made with an older one is told by it what the
 * older one knew.
 */
const REASON = /^known since .* as (?<severity>\w+)$/s;

function reason(file: string, severity: Severity): string {
  return `known since ${file} as ${severity}`;
}

/** @returns how grave it was; undefined for what its own file, or the cluster, sets aside: that has a date of its own */
function knownSeverity({ severity, ignored }: Component): Severity | undefined {
  if (!ignored) return severity;
  const said = REASON.exec(ignored.reason)?.groups?.severity;
  return ignored.until === undefined ? SEVERITIES.find((each) => each === said) : undefined;
}

export class Baseline {
  readonly #file: string;
  readonly #pathOf: (file: string) => string;
  /** By key; the gravest first, as there can be several of one. */
  readonly #severities: ReadonlyMap<string, readonly Severity[]>;

  /**
   * @param input an earlier `scan -o json` or `-o yaml`, as its reader gives it
   * @param file its name, for messages and as the reason
   * @param pathOf one path for each way to name a file
   * @throws WrongBaseline
   */
  constructor(input: unknown, file: string, pathOf: (file: string) => string) {
    const printed = Printed.safeParse(input);
    if (!printed.success) throw new WrongBaseline(`${file}: is no MigrationStatus; want the output of flux-migration scan -o json`);
    const components = printed.data.status.inventory?.components ?? [];
    this.#file = file;
    this.#pathOf = pathOf;
    const known = components.flatMap((component) => {
      const severity = knownSeverity(component);
      return severity === undefined ? [] : [{ key: this.#keyOf(component), severity }];
    });
    const groups = Map.groupBy(known.toSorted(gravestFirst), ({ key }) => key);
    this.#severities = new Map(Array.from(groups, ([key, group]) => [key, group.map(({ severity }) => severity)]));
  }

  /** @returns by placeKey, how grave those were that it knows and that are no graver now. Of several of one key, each takes one that was known. */
  known(components: readonly Component[]): ReadonlyMap<string, Severity> {
    const taken = new Map<string, number>();
    const matched = components.toSorted(gravestFirst).map((component) => {
      const key = this.#keyOf(component);
      const next = taken.get(key) ?? 0;
      const before = this.#severities.get(key)?.[next];
      if (before === undefined || gravestFirst(component, { severity: before }) < 0) return { place: placeKey(component) };
      taken.set(key, next + 1);
      return { place: placeKey(component), before };
    });
    // What stands in one line cannot be told apart: then all of it counts, or none.
    const unknown = new Set(matched.flatMap(({ place, before }) => (before === undefined ? place : [])));
    return new Map(matched.flatMap(({ place, before }) => (before === undefined || unknown.has(place) ? [] : [[place, before] as const])));
  }

  setAside(component: DetectedComponent, known: ReadonlyMap<string, Severity>): DetectedComponent {
    const severity = known.get(placeKey(component));
    if (component.setAside || severity === undefined) return component;
    return { ...component, setAside: { reason: reason(this.#file, severity) } };
  }

  /** Lines move with each edit above them, so they tell nothing apart. */
  #keyOf({ name, namespace, workload, container, source }: Placed): string {
    return JSON.stringify([name, namespace, workload.kind, workload.name, container, source ? this.#pathOf(source.file) : ""]);
  }
}
