/** Reads the status that stands in the cluster, whoever wrote it: a part that cannot be understood is left out, and the rest still counts. */
import semver from "semver";
import * as z from "zod";
import { Api, Component, Instance, type Inventory, UnreadableKind } from "../api/inventory.ts";
import { Condition, MigrationStatusStatus, Transition } from "../api/migration-status.ts";
import { isOurs } from "./conditions.ts";
import { HISTORY_LENGTH } from "./transitions.ts";

const Rough = z.looseObject({
  inventory: z.unknown().optional(),
  conditions: z.array(z.unknown()).optional(),
  history: z.array(z.unknown()).optional(),
});
const list = z.array(z.unknown()).optional().catch(undefined);
/** The most is no real one: sums of it must stay whole numbers. */
const count = z.int().min(0).max(1e9).default(0).catch(0);
const RoughInventory = z.object({
  components: list,
  omittedComponents: count,
  instances: list,
  omittedInstances: count,
  apis: list,
  omittedUnreadable: count,
  unreadable: list,
});
const Writer = z.looseObject({ operator: z.looseObject({ version: z.string() }) });

/** @returns undefined for an object that has no status yet */
export function previousStatus(status: unknown): MigrationStatusStatus | undefined {
  if (status === undefined) return undefined;
  const whole = MigrationStatusStatus.safeParse(status);
  if (whole.success) return whole.data;
  const rough = Rough.safeParse(status).data ?? {};
  const parts = MigrationStatusStatus.pick({ summary: true, timetable: true, deadlines: true }).shape;
  const readable = Object.entries(parts).flatMap(([name, schema]) => {
    const part = schema.safeParse(Reflect.get(rough, name));
    return part.success && part.data !== undefined ? [[name, part.data] as const] : [];
  });
  return MigrationStatusStatus.parse({
    ...Object.fromEntries(readable),
    inventory: readableInventory(rough.inventory),
    conditions: understood(Condition, rough.conditions),
    history: understood(Transition, rough.history).slice(0, HISTORY_LENGTH),
  });
}

/** @returns when the status last told a change; undefined where it never did. A condition that somebody else adds has a clock of its own. */
export function lastChange({ history, conditions }: Pick<MigrationStatusStatus, "history" | "conditions">): Date | undefined {
  const ours = (conditions ?? []).filter(isOurs);
  const times = [...(history ?? []).map(({ time }) => time), ...ours.map(({ lastTransitionTime }) => lastTransitionTime)];
  const latestMs = Math.max(...times.map((time) => Date.parse(time)).filter((ms) => !Number.isNaN(ms)));
  return Number.isFinite(latestMs) ? new Date(latestMs) : undefined;
}

/**
 * A newer operator's status is left alone: during an upgrade two versions would else write against each other.
 * @param ours version of this program
 * @returns why nothing may be written, or undefined. Works for a status whose other words are newer than ours.
 */
export function newerWriter(status: unknown, ours: string): string | undefined {
  const theirs = semver.valid(Writer.safeParse(status).data?.operator.version);
  if (!theirs || !semver.valid(ours) || semver.lte(theirs, ours)) return undefined;
  return `a newer operator (${theirs}) wrote the status: this one (${ours}) writes no more; how to go back to it: docs/upgrade.md`;
}

/**
 * An entry that cannot be understood is counted as left out, as where a status had no room for it. Of components with such a one, none is given:
 * nothing is then new for not being there, while a status without room left out the least grave alone.
 */
function readableInventory(inventory: unknown): Inventory | undefined {
  const rough = RoughInventory.safeParse(inventory).data;
  if (!rough) return undefined;
  const components = entries(Component, rough.components, rough.omittedComponents);
  const instances = entries(Instance, rough.instances, rough.omittedInstances);
  const unreadable = entries(UnreadableKind, rough.unreadable, rough.omittedUnreadable);
  return {
    components: components.damaged ? undefined : components.read,
    omittedComponents: components.omitted,
    instances: instances.read,
    omittedInstances: instances.omitted,
    apis: entries(Api, rough.apis, 0).read,
    unreadable: unreadable.read,
    omittedUnreadable: unreadable.omitted,
  };
}

/** @param before that many were left out already */
function entries<T>(schema: z.ZodType<T>, items: readonly unknown[] | undefined, before: number) {
  const read = items && understood(schema, items);
  const damaged = (items?.length ?? 0) - (read?.length ?? 0);
  return { read, damaged: damaged > 0, omitted: before + damaged === 0 ? undefined : before + damaged };
}

function understood<T>(schema: z.ZodType<T>, items: readonly unknown[] | undefined): T[] {
  return (items ?? []).flatMap((item) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}
