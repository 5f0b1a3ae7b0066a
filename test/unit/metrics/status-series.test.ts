import { describe, expect, test } from "@jest/globals";
import type { Component } from "../../../src/api/inventory.ts";
import type { MigrationStatusStatus } from "../../../src/api/migration-status.ts";
import type { RestartReason } from "../../../src/kube/reflector.ts";
import { type ClusterName, rows, sixClusters } from "../assess/six-clusters.ts";
import { fluxd, statusOf } from "../assess/subject-builder.ts";
import { exposed, exposedOf, lines, metrics, reflector, values } from "./exposed.ts";

const clusters = Object.keys(rows).filter((name): name is ClusterName => name in rows);
const COMPONENT = "flux_migration_component_info";
const INSTANCE = "flux_migration_instance_info";
const DEADLINE = "flux_migration_deadline_timestamp_seconds";

/** One component of a real status, to be changed. */
const someFluxd = (): Component => {
  const [component] = statusOf({ workloads: [fluxd()] }).inventory.components ?? [];
  if (!component) throw new Error("a status without its fluxd");
  return component;
};

describe.each(clusters)("cluster %s", (name) => {
  const status = statusOf(sixClusters[name]);

  test("flux_migration_status_info says what kubectl prints", async () => {
    const [series = ""] = lines(await exposedOf(status), "flux_migration_status_info");
    const [fluxdCell, helmOperator, toolkit, phase, support, migration, action, , , severity, progress, blockedBy, , , edition] =
      rows[name].split(" ");
    expect(series).toBe(
      `fluxd=${fluxdCell} helm_operator=${helmOperator} toolkit=${toolkit} phase=${phase} support=${support} migration=${migration} ` +
        `progress=${progress} action=${action} severity=${severity} blocked_by=${blockedBy} edition=${edition}`,
    );
  });

  test("each condition has one series, with the state that it is in", async () => {
    const wanted = status.conditions.map(({ type, status: state, reason }) => `type=${type} status=${state} reason=${reason}`);
    expect(lines(await exposedOf(status), "flux_migration_condition").toSorted()).toEqual(wanted.toSorted());
  });

  test("each component and installation has one series, and none is left over", async () => {
    const shown = await exposedOf(status);
    expect(lines(shown, COMPONENT)).toHaveLength(status.inventory.components?.length ?? 0);
    expect(lines(shown, INSTANCE)).toHaveLength(status.inventory.instances?.length ?? 0);
    expect([values(shown, "flux_migration_component_overflow"), values(shown, "flux_migration_instance_overflow")]).toEqual([[0], [0]]);
  });
});

test("components and installations in words, the gravest first", async () => {
  const shown = await exposedOf(statusOf(sixClusters.b));
  expect(lines(shown, COMPONENT).slice(0, 2)).toEqual([
    "component=fluxd track=Flux1 namespace=flux workload=deployment/flux version=1.25.4 phase=Archived support=None severity=Critical action=FinishMigration",
    "component=helm-controller track=GitOpsToolkit namespace=flux-system workload=deployment/helm-controller version=1.3.0 phase=StableProductionReady support=EndOfSupport severity=Warning action=UpgradeFlux",
  ]);
  expect(lines(shown, INSTANCE)).toEqual([
    "instance=flux/flux1 track=Flux1 namespace=flux release=None cli_version=None support=None alignment=None managed_by=Unknown owner=None severity=Critical action=FinishMigration",
    "instance=flux-system/toolkit track=GitOpsToolkit namespace=flux-system release=v2.6.4 cli_version=v2.6.4 support=EndOfSupport alignment=Aligned managed_by=Bootstrap owner=None severity=Warning action=UpgradeFlux",
  ]);
});

test("the owner is told where a setting names its label", async () => {
  const owners = lines(await exposedOf(statusOf(sixClusters.d)), INSTANCE).map((line) => /owner=(\S+)/.exec(line)?.[1]);
  expect(owners.toSorted()).toEqual(["team-a", "team-b", "team-c"]);
});

test("an ignored component has no series", async () => {
  const ignore = [{ namespace: "flux", reason: "kept for the audit" }];
  const shown = await exposedOf(statusOf({ workloads: [fluxd(), fluxd({ namespace: "old" })], spec: { ignore } }));
  expect(lines(shown, COMPONENT).map((line) => /namespace=(\S+)/.exec(line)?.[1])).toEqual(["old"]);
  expect(values(shown, "flux_migration_component_overflow")).toEqual([0]);
});

describe("dates", () => {
  test("the earliest of each kind, at 00:00 UTC; a kind that is not there has no series", async () => {
    // Of this edition's rows, those of 2022-05-01 and of 2022-11-01 are ahead.
    const shown = await exposedOf(statusOf({ edition: "2022-09-20", now: "2022-01-01" }));
    const rowDates = lines(shown, DEADLINE).filter((line) => line.startsWith("kind=Row "));
    expect(rowDates).toEqual([`kind=Row ${Date.UTC(2022, 4, 1) / 1000}`]);
    expect(lines(shown, DEADLINE).filter((line) => line.startsWith("kind=IgnoreEnd "))).toEqual([]);
  });

  test("an earlier date that stands later in the list", async () => {
    const deadline = (date: string) => ({ kind: "IgnoreEnd" as const, date, message: "" });
    const shown = await exposedOf({ deadlines: [deadline("2027-01-01"), deadline("2026-12-24")] });
    expect(values(shown, DEADLINE)).toEqual([Date.UTC(2026, 11, 24) / 1000]);
  });

  test("the day of the release data", async () => {
    const asOf = statusOf({}).data?.releasesAsOf ?? "";
    expect(values(await exposedOf(statusOf({})), "flux_migration_data_timestamp_seconds")).toEqual([Date.parse(asOf) / 1000]);
  });
});

test("a condition that somebody else added is theirs to tell", async () => {
  const condition = {
    type: "example.com/Audited",
    status: "True" as const,
    reason: "Done",
    message: "",
    lastTransitionTime: "2026-11-23T08:00:00Z",
  };
  expect(lines(await exposedOf({ conditions: [condition] }), "flux_migration_condition")).toEqual([]);
});

test("a status of which little can be understood makes no series up", async () => {
  const { samples } = await exposedOf({});
  const state = samples.filter(({ name }) => /_(info|overflow|condition|deadline_timestamp_seconds|data_timestamp_seconds)$/.test(name));
  expect(state.map(({ name }) => name)).toEqual(["flux_migration_build_info"]);
});

describe("bounds", () => {
  const LIMIT_BYTES = 200 * 1000;
  const many = Array.from({ length: 5_000 }, (_, index) => index);
  const long = (index: number) => `${index}-${"a-name-that-is-as-long-as-kubernetes-takes-it".repeat(6)}`;

  const HAPPEN: readonly RestartReason[] = ["Ended", "Cut", "Silent", "Expired", "FutureVersion", "Malformed", "Forbidden"];
  const REASONS: readonly RestartReason[] = [...HAPPEN, "Unauthorized", "NotFound", "Throttled", "ServerError", "Credentials", "Asked"];
  const KINDS = Array.from({ length: 10 }, (_, index) => `${index}fluxhelmreleases.helm.integrations.flux.weave.works`);

  /** The best of some scrapes: tests run beside others. Everything that is not of the status is there in full, too. */
  async function measured(status: MigrationStatusStatus) {
    const told = metrics("a-name-of-63-characters-as-the-longest-label-of-a-domain-name-is");
    told.stands(status);
    const restarts = Object.fromEntries(REASONS.map((reason) => [reason, 1_000]));
    const all = KINDS.map((kind) => reflector(kind, { reads: 1e6, watches: 1e6, bytes: 1e12, restarts, lastContact: new Date() }));
    told.watch(() => all);
    const others = (await exposed(told)).samples.filter(({ name }) => name !== COMPONENT && name !== INSTANCE).length;
    const scrapes: { bytes: number; ms: number }[] = [];
    for (let scrape = 0; scrape < 5; scrape += 1) {
      const start = performance.now();
      const text = await told.text();
      scrapes.push({ bytes: Buffer.byteLength(text), ms: performance.now() - start });
    }
    return { others, bytes: Math.max(...scrapes.map(({ bytes }) => bytes)), ms: Math.min(...scrapes.map(({ ms }) => ms)) };
  }

  test("5,000 workloads: at most 500 series, the rest is counted, the scrape is small and quick", async () => {
    const status = statusOf({ workloads: many.map((index) => fluxd({ namespace: `team-${index}` })) });
    const shown = await exposedOf(status);
    const series = lines(shown, COMPONENT).length;
    expect(series).toBeGreaterThan(250);
    expect(series).toBeLessThanOrEqual(500);
    expect(values(shown, "flux_migration_component_overflow")).toEqual([5_000 - series]);
    const installations = lines(shown, INSTANCE).length;
    expect(installations).toBeGreaterThan(200);
    expect(installations).toBeLessThanOrEqual(500);
    expect(values(shown, "flux_migration_instance_overflow")).toEqual([5_000 - installations]);
    const { bytes, ms, others } = await measured(status);
    expect(others).toBeLessThan(300); // as docs/metrics.md says
    expect(bytes).toBeLessThan(LIMIT_BYTES);
    expect(ms).toBeLessThan(100);
  });

  test("short names: 500 series, not more", async () => {
    const component = { ...someFluxd(), name: "f", version: "1", phase: "A", action: { code: "B", message: "" } };
    const components = many.map((index) => ({ ...component, namespace: `${index}` }));
    expect(lines(await exposedOf({ inventory: { components } }), COMPONENT)).toHaveLength(500);
  });

  test("names of hundreds of characters that no cap upstream has seen: values are cut, and the scrape stays small", async () => {
    const component = someFluxd();
    const components = many.map((index) => ({
      ...component,
      name: long(index),
      namespace: long(index),
      version: long(index),
      phase: long(index),
      workload: { ...component.workload, name: long(index) },
      action: { code: long(index), message: "" },
    }));
    const instances = statusOf({ workloads: [fluxd()] }).inventory.instances ?? [];
    const manyInstances = many.flatMap((index) =>
      instances.map((instance) => ({ ...instance, name: long(index), owner: "\u{1f600}".repeat(90) })),
    );
    const status = { inventory: { components, instances: manyInstances } };
    const longest = (await exposedOf(status)).samples.flatMap(({ labels }) => Object.values(labels).map(({ length }) => length));
    expect(Math.max(...longest)).toBe(101); // a hundred, and the sign that more follows
    expect((await measured(status)).bytes).toBeLessThan(LIMIT_BYTES);
  });

  test("workloads whose names are the same once they are cut are one series, and the others are counted", async () => {
    const component = someFluxd();
    const components = many.slice(0, 900).map((index) => ({
      ...component,
      workload: { ...component.workload, name: `${"n".repeat(120)}${index}` },
      namespace: `${index % 3}`,
    }));
    const shown = await exposedOf({ inventory: { components } });
    expect(lines(shown, COMPONENT)).toHaveLength(3);
    expect(values(shown, "flux_migration_component_overflow")).toEqual([897]);
  });

  test("what is grave is not crowded out by what is not", async () => {
    const component = someFluxd();
    const harmless = many.map((index) => ({ ...component, name: "a", namespace: `${index}`, severity: "None" as const }));
    const shown = await exposedOf({ inventory: { components: [...harmless, component] } });
    expect(lines(shown, COMPONENT)[0]).toContain("component=fluxd");
  });

  test("what the status left out already counts as left out", async () => {
    const shown = await exposedOf({ inventory: { components: [someFluxd()], omittedComponents: 41, omittedInstances: 7 } });
    expect(values(shown, "flux_migration_component_overflow")).toEqual([41]);
    expect(values(shown, "flux_migration_instance_overflow")).toEqual([7]);
  });
});
