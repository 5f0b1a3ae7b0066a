/** What a glance at an event tells is what its parser tells; and whatever is not sure is left to the parser. */
import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { wordSearch } from "../../../src/kube/filter.ts";
import { TableEvents } from "../../../src/kube/table.ts";

const COLUMNS = [{ name: "Name" }, { name: "Ready" }, { name: "Images" }];

interface Event {
  type?: string;
  kind?: string;
  name: string;
  images?: string;
  resourceVersion: string;
  columns?: readonly { name: string }[] | null;
}

/** As Go's encoder writes it. */
function frame(event: Event): string {
  return Buffer.from(jsonOf(event)).toString("latin1");
}

function jsonOf({ type = "MODIFIED", kind = "Table", name, images = "nginx:1", resourceVersion, columns = null }: Event): string {
  const rows = [{ cells: [name, "1/1", images], object: null }];
  const object = { kind, apiVersion: "meta.k8s.io/v1", metadata: { resourceVersion }, columnDefinitions: columns, rows };
  return JSON.stringify({ type, object });
}

/** A watch whose first event has come. */
function begun(columns: readonly { name: string }[] = COLUMNS): TableEvents {
  const events = new TableEvents("Images");
  events.read("ADDED", JSON.parse(jsonOf({ type: "ADDED", name: "first", resourceVersion: "1", columns })).object);
  return events;
}

test("a glance at any event tells nothing, or what its parser tells but for the cell", async () => {
  const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[a-z0-9.-]{0,260}$/));
  const version = fc.oneof(fc.nat().map(String), fc.string());
  const type = fc.constantFrom("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR");
  let told = 0;
  await fc.assert(
    fc.property(type, text, text, version, (type, name, images, resourceVersion) => {
      const event = { type, name, images, resourceVersion };
      const glanced = begun().glance(frame(event));
      if (!glanced) return;
      told += 1;
      expect(begun().read(type, JSON.parse(jsonOf(event)).object)).toEqual({ ...glanced, told: images });
    }),
    { numRuns: 5_000, seed: 20260101 },
  );
  expect(told).toBeGreaterThan(500);
});

test.each([
  ["a bookmark", frame({ type: "BOOKMARK", name: "web", resourceVersion: "7" })],
  ["an error", frame({ type: "ERROR", name: "web", resourceVersion: "7" })],
  ["an object that is no Table", frame({ kind: "Deployment", name: "web", resourceVersion: "7" })],
  ["columns that may be others", frame({ name: "web", resourceVersion: "7", columns: [{ name: "Images" }, { name: "Name" }] })],
  ["the half of one", frame({ name: "web", resourceVersion: "7" }).slice(0, -20)],
  [
    "the half of one, and another",
    `${frame({ name: "web", resourceVersion: "7" }).slice(0, -20)}${frame({ name: "b", resourceVersion: "8" })}`,
  ],
  ["a name that is escaped", frame({ name: 'a","b', resourceVersion: "7" })],
])("%s is left to the parser", (_, event) => {
  expect(begun().glance(event)).toBeUndefined();
});

test("so is every event before the columns are known, or where names stand in another", () => {
  const event = frame({ name: "web", resourceVersion: "7" });
  expect(new TableEvents("Images").glance(event)).toBeUndefined();
  expect(begun([{ name: "Images" }, { name: "Name" }, { name: "Age" }]).glance(event)).toBeUndefined();
  expect(begun().glance(event)).toEqual({ at: "Changed", name: "web", told: "", resourceVersion: "7" });
});

test("a search finds each word where it stands, and takes a dot for nothing but a dot", () => {
  const holds = wordSearch(["fluxcd/flux", "helm.fluxcd.io"]);
  expect(["docker.io/fluxcd/flux:1", "x helm.fluxcd.io y"].map((text) => holds(text))).toEqual([true, true]);
  expect(["docker.io/fluxcd", "helm-fluxcd-io", ""].map((text) => holds(text))).toEqual([false, false, false]);
  expect(wordSearch([])("anything")).toBe(false);
  expect(() => wordSearch(["a b"])).toThrow(RangeError);
});
