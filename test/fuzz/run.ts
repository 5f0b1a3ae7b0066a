/** Checks one property many times, within a time for each, and keeps what failed. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { threadCpuUsage } from "node:process";
import fc from "fast-check";
import type { Property } from "./properties.ts";

const KEPT = "test/fuzz/kept";

/** Of processor time, for one input. */
export const CASE_MS = 50;

/** The collector of garbage takes its time from whoever runs: an input is slow only where it is slow again. */
const TRIES = 5;

function timed({ check }: Property, input: unknown): number {
  const before = threadCpuUsage();
  check(input);
  const { user, system } = threadCpuUsage(before);
  return (user + system) / 1000;
}

function checkInTime(property: Property, input: unknown): void {
  let least = timed(property, input);
  for (let tries = 1; least > CASE_MS && tries < TRIES; tries += 1) least = Math.min(least, timed(property, input));
  if (least > CASE_MS) throw new Error(`takes ${least.toFixed(0)} ms; want ${CASE_MS} at most`);
}

/** @throws with the seed and the smallest input that fails, which is then kept */
export function fuzz(property: Property, runs: number, seed: number, keepIn = KEPT): void {
  const details = withoutStacks(() =>
    fc.check(
      fc.property(property.inputs, (input) => checkInTime(property, input)),
      { numRuns: runs, seed, endOnFailure: false },
    ),
  );
  if (!details.failed) return;
  const [input] = details.counterexample ?? [];
  const path = keep(property, input, keepIn);
  throw new Error(`${property.name}: seed ${seed}, kept as ${path}: ${String(details.errorInstance)}`);
}

/** Broken YAML is an error each time, and nobody reads where it was made. */
function withoutStacks<T>(run: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Lone halves of surrogate pairs survive JSON, as escapes. */
function keep({ name }: Property, input: unknown, keepIn: string): string {
  const text = JSON.stringify(input, null, 1);
  const folder = join(keepIn, folderOf(name));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 12)}.json`);
  writeFileSync(path, `${text}\n`);
  return path;
}

/** @returns how many kept inputs were checked again */
export function replay(property: Property): number {
  const folder = join(KEPT, folderOf(property.name));
  const names = readdirSync(KEPT).includes(folderOf(property.name)) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  for (const name of names) {
    try {
      checkInTime(property, JSON.parse(readFileSync(join(folder, name), "utf8")));
    } catch (error) {
      throw new Error(`${join(folder, name)}: ${String(error)}`, { cause: error });
    }
  }
  return names.length;
}

function folderOf(name: string): string {
  return name.replaceAll(" ", "-");
}
