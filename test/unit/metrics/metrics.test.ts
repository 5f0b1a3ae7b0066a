import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { METRIC_NAMES } from "../../../src/metrics/catalogue.ts";
import { sixClusters } from "../assess/six-clusters.ts";
import { statusOf } from "../assess/subject-builder.ts";
import { exposed, exposedOf, lines, metrics, NOW, reflector, values } from "./exposed.ts";

const RECONCILES = "flux_migration_reconciles_total";
const STATE = /^flux_migration_(status|component|instance|condition|deadline|data)_?/;

test("every metric has its help and its type, and nothing else is exposed", async () => {
  const { types, helps, samples } = await exposedOf(statusOf(sixClusters.b));
  expect([...types.keys()].toSorted()).toEqual(METRIC_NAMES.toSorted());
  expect([...helps.keys()].toSorted()).toEqual(METRIC_NAMES.toSorted());
  expect(samples.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
});

describe("the label cluster", () => {
  test("stands on every series, also of the process, where the cluster was named", async () => {
    const told = metrics("prod-eu-1");
    told.stands(statusOf(sixClusters.b));
    told.watch(() => [reflector("deployments.apps", { reads: 1, restarts: { Ended: 1 } })]);
    const { samples } = await exposed(told);
    expect(samples.filter(({ labels }) => labels.cluster !== "prod-eu-1")).toEqual([]);
    expect(samples.map(({ name }) => name)).toEqual(expect.arrayContaining(["flux_migration_build_info", "process_resident_memory_bytes"]));
  });

  test.each([[undefined], ["cluster"]])("is not there for the name %s: Prometheus' own would be hidden", async (name) => {
    const told = metrics(name);
    told.stands(statusOf(sixClusters.b));
    expect((await exposed(told)).samples.filter(({ labels }) => "cluster" in labels)).toEqual([]);
  });
});

describe("leading", () => {
  const state = async (told: ReturnType<typeof metrics>) => (await exposed(told)).samples.filter(({ name }) => STATE.test(name));

  test("a replica that loses the lead shows no state at the very next scrape, and none until it has judged again", async () => {
    const told = metrics();
    told.stands(statusOf(sixClusters.b));
    expect((await state(told)).length).toBeGreaterThan(15);
    told.leading(false);
    expect(await state(told)).toEqual([]);
    expect(values(await exposed(told), "flux_migration_leader")).toEqual([0]);
    told.leading(true);
    expect(await state(told)).toEqual([]);
    told.stands(statusOf(sixClusters.c));
    expect(lines(await exposed(told), "flux_migration_status_info")[0]).toContain("toolkit=2.2 ");
    expect(values(await exposed(told), "flux_migration_leader")).toEqual([1]);
  });

  test("a pass that ends after the lead was lost shows nothing", async () => {
    const told = metrics();
    told.leading(false);
    told.stands(statusOf(sixClusters.b));
    expect(await state(told)).toEqual([]);
  });

  test("what is about the replica goes on without the lead", async () => {
    const told = metrics();
    told.passed("Written", 0.01);
    told.leading(false);
    const shown = await exposed(told);
    expect(lines(shown, RECONCILES)).toContain("outcome=Written");
    expect(lines(shown, "flux_migration_build_info")).toEqual([`version=0.1.0 node=${process.version}`]);
  });
});

describe("passes", () => {
  test("each outcome is there from the start, so that a rate sees the first", async () => {
    const zeros = ["Written", "Unchanged", "Conflict", "HeldBack", "LostLead", "Failed"].map((outcome) => `outcome=${outcome} 0`);
    expect(lines(await exposed(metrics()), RECONCILES)).toEqual(zeros);
  });

  test("are counted and timed; the last that did not fail is dated", async () => {
    const told = metrics();
    expect(values(await exposed(told), "flux_migration_last_reconcile_timestamp_seconds")).toEqual([]);
    told.passed("Failed", 2);
    expect(values(await exposed(told), "flux_migration_last_reconcile_timestamp_seconds")).toEqual([]);
    told.passed("HeldBack", 0.001);
    const shown = await exposed(told);
    expect(values(shown, "flux_migration_last_reconcile_timestamp_seconds")).toEqual([NOW.getTime() / 1000]);
    expect(lines(shown, RECONCILES)).toEqual([
      "outcome=Written 0",
      "outcome=Unchanged 0",
      "outcome=Conflict 0",
      "outcome=HeldBack",
      "outcome=LostLead 0",
      "outcome=Failed",
    ]);
    expect(values(shown, "flux_migration_reconcile_duration_seconds_count")).toEqual([2]);
    expect(values(shown, "flux_migration_reconcile_duration_seconds_sum")).toEqual([2.001]);
  });
});

describe("what holds a pass back", () => {
  test("is there until a pass was not held back", async () => {
    const told = metrics();
    const held = async () => lines(await exposed(told), "flux_migration_held_back");
    expect(await held()).toEqual([]);
    told.passed("HeldBack", 0.01, "Suspended");
    expect(await held()).toEqual(["reason=Suspended"]);
    told.passed("HeldBack", 0.01, "Contested");
    expect(await held()).toEqual(["reason=Contested"]);
    told.passed("Unchanged", 0.01);
    expect(await held()).toEqual([]);
  });

  test("goes with the lead, and stands where the first pass of a new leader was held back before anybody asked who leads", async () => {
    const told = metrics();
    const held = async () => lines(await exposed(told), "flux_migration_held_back");
    told.passed("HeldBack", 0.01, "Suspended");
    told.leading(false);
    expect(await held()).toEqual([]);
    told.leading(true);
    expect(await held()).toEqual([]);
    told.leading(false);
    told.passed("HeldBack", 0.01, "Suspended");
    expect(await held()).toEqual([]);
    told.leading(true);
    expect(await held()).toEqual(["reason=Suspended"]);
  });
});

describe("reflectors", () => {
  test("tell their state, their contact and their source; one that was never heard has no contact", async () => {
    const told = metrics();
    told.watch(() => [
      reflector("deployments.apps", { lastContact: NOW, source: "table" }),
      reflector("helmreleases.helm.fluxcd.io", { at: "NotInstalled" }),
      reflector("namespaces", { at: "Starting" }),
    ]);
    const shown = await exposed(told);
    expect(lines(shown, "flux_migration_reflector_synced")).toEqual([
      "resource=deployments.apps",
      "resource=helmreleases.helm.fluxcd.io",
      "resource=namespaces 0",
    ]);
    expect(lines(shown, "flux_migration_reflector_last_contact_timestamp_seconds")).toEqual([
      `resource=deployments.apps ${NOW.getTime() / 1000}`,
    ]);
    expect(lines(shown, "flux_migration_reflector_source_info")).toEqual([
      "resource=deployments.apps source=table",
      "resource=helmreleases.helm.fluxcd.io source=full",
      "resource=namespaces source=full",
    ]);
  });

  test("counters never go back when the operator is made anew", async () => {
    const told = metrics();
    const before = reflector("deployments.apps", { reads: 3, watches: 5, bytes: 1_000, restarts: { Ended: 4 } });
    told.watch(() => [before]);
    await told.text();
    before.metrics.bytes += 500; // between the last scrape and the end
    told.watch(() => [reflector("deployments.apps", { reads: 1, bytes: 20, restarts: { Cut: 1 } })]);
    const shown = await exposed(told);
    const numbers = ["reads", "watches", "read_bytes"].map((name) => values(shown, `flux_migration_reflector_${name}_total`));
    expect(numbers).toEqual([[4], [5], [1_520]]);
    expect(lines(shown, "flux_migration_reflector_restarts_total").toSorted()).toEqual([
      "resource=deployments.apps reason=Cut",
      "resource=deployments.apps reason=Ended 4",
    ]);
  });

  test("a kind that is no longer watched has no state, but keeps its counters", async () => {
    const told = metrics();
    told.watch(() => [reflector("helmreleases.helm.fluxcd.io", { reads: 2 })]);
    await told.text();
    told.watch(() => []);
    const shown = await exposed(told);
    expect(lines(shown, "flux_migration_reflector_synced")).toEqual([]);
    expect(lines(shown, "flux_migration_reflector_reads_total")).toEqual(["resource=helmreleases.helm.fluxcd.io 2"]);
  });
});

describe("the process", () => {
  test("its numbers are those of this process", async () => {
    const shown = await exposed(metrics());
    const [cpu = 0] = values(shown, "process_cpu_seconds_total");
    const used = process.cpuUsage();
    expect(cpu).toBeGreaterThan(0);
    expect(cpu).toBeLessThanOrEqual((used.user + used.system) / 1e6);
    const [start = 0] = values(shown, "process_start_time_seconds");
    expect(Math.abs(start - (Date.now() / 1000 - process.uptime()))).toBeLessThan(2);
    expect(values(shown, "process_resident_memory_bytes")[0]).toBeGreaterThan(10e6);
    if (process.platform === "linux") expect(values(shown, "process_open_fds")[0]).toBeGreaterThan(3);
  });

  test("the lag of the event loop is that since the last scrape, without the time between samples", async () => {
    const told = metrics();
    const lag = async () => values(await exposed(told), "nodejs_eventloop_lag_p99_seconds")[0] ?? -1;
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    await lag();
    await sleep(60);
    const end = performance.now() + 300;
    while (performance.now() < end);
    await sleep(60);
    expect(await lag()).toBeGreaterThan(0.2);
    // The time between two samples is no lag. Tests run beside others: one quiet moment of several is enough.
    const quiet: number[] = [];
    while (quiet.length < 20 && Math.min(...quiet, 1) > 0.015) {
      await sleep(100);
      quiet.push(await lag());
    }
    expect(Math.min(...quiet)).toBeLessThanOrEqual(0.015);
  });
});

/** As field notes from real clusters have them: all of these are accepted in names of images and labels of others' objects. */
const HOSTILE = [
  'a"b\\c\nd',
  '"} 1\nflux_migration_leader{x="',
  "\u001b[2J\u001b]0;title\u0007",
  "\r\n# TYPE x counter",
  "\u0000\u2028\u2029\u202e\u200b",
  "=cmd|' /C calc'!A0",
  "<img src=x onerror=alert(1)>",
  "trailing backslash \\",
  "\ud800 half of a pair",
  "x".repeat(200_000),
  "",
];

describe("hostile text", () => {
  const told = metrics();
  const { summary, conditions, inventory } = statusOf(sixClusters.b);

  /** A status with this text wherever text is free. */
  function tell(text: string): void {
    const action = { code: text, message: text };
    told.stands({
      summary: { ...summary, fluxd: text, helmOperator: text, toolkit: text, phase: text, progress: text, action: text },
      conditions: conditions.map((condition) => ({ ...condition, reason: text })),
      timetable: { edition: text, row: 1 },
      inventory: {
        components: (inventory.components ?? []).map(({ workload, ...component }) => ({
          ...component,
          ...{ name: text, namespace: text, version: text, phase: text, action, workload: { ...workload, kind: text, name: text } },
        })),
        instances: (inventory.instances ?? []).map((instance) => ({
          ...instance,
          ...{ name: text, namespace: text, release: text, cliVersion: text, managedBy: text, owner: text, action },
        })),
      },
    });
  }

  async function holds(text: string): Promise<void> {
    tell(text);
    const shown = await exposed(told);
    expect(shown.types.size).toBe(METRIC_NAMES.length);
    const written = shown.samples.flatMap(({ labels }) => Object.values(labels));
    expect(written.filter((value) => /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(value))).toEqual([]);
    expect(Math.max(...written.map(({ length }) => length))).toBeLessThanOrEqual(701); // a hundred, each written as \u0000, and one more
    const edition = shown.samples.find(({ name }) => name === "flux_migration_status_info")?.labels.edition;
    if (/^[\x20-\x7e]{1,100}$/.test(text)) expect(edition).toBe(text);
  }

  test.each(HOSTILE.map((text) => [JSON.stringify(text).slice(0, 60), text]))("%s stays one label value", async (_, text) => {
    await holds(text);
  });

  test("so does any other", async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: "binary", maxLength: 150 }), holds), { numRuns: 30 });
  });

  test("in the name of the cluster too", async () => {
    const named = metrics('prod"\n\\');
    expect((await exposed(named)).samples.find(({ name }) => name === "flux_migration_leader")?.labels).toEqual({
      cluster: 'prod"\\u000a\\',
    });
  });
});
