/** What a running operator exposes, over HTTP, beside what docs/metrics.md says of it; and what Prometheus' own tool says of the text. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeClient } from "../../src/kube/client.ts";
import { createMetrics } from "../../src/metrics/metrics.ts";
import { EXAMPLE_QUERIES } from "../../src/metrics/reference.ts";
import { startMetricsServer } from "../../src/metrics/server.ts";
import { Operator } from "../../src/operator/operator.ts";
import type { Listener } from "../../src/web/listener.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { describeWithTools } from "../tools/suite.ts";
import { type ClusterName, rows, sixClusters } from "../unit/assess/six-clusters.ts";
import { data, fluxd, statusOf, toolkit } from "../unit/assess/subject-builder.ts";
import { lines, metrics as metricsOf, reflector } from "../unit/metrics/exposed.ts";
import { type Exposition, familyOf, parseExposition } from "../unit/metrics/text-format.ts";
import { recordingLog } from "./kube/harness.ts";
import { eventually, OperatorFixture, SINGLETON } from "./operator/operator-fixture.ts";

const CLUSTER = "prod-eu-1";
const { log } = recordingLog();

/** Watches end soon, so that each kind is watched again within the suite. */
const REFLECTOR = { watchTimeoutMs: { least: 1_000, most: 1_500 }, shortWatchMs: 100 };

/** Labels by metric, from the table of the page; with the label that the name of a cluster adds. */
async function documented(): Promise<Record<string, string[]>> {
  const page = await readFile("docs/metrics.md", "utf8");
  const found = [...page.matchAll(/^\| `(\w+)` \| (?:gauge|counter|histogram) \| \w+ \| (.*?) \|/gm)].map(([, name = "", labels = ""]) => {
    const own = [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label);
    return [name, [...own, "cluster"].toSorted()] as const;
  });
  return Object.fromEntries(found.toSorted());
}

/** Labels by metric, of all its series together. A histogram has those of its bucket. */
function shown({ samples, types }: Exposition): Record<string, string[]> {
  const byFamily = Map.groupBy(samples, ({ name }) => familyOf(name, types));
  const families = Array.from(byFamily, ([family, series]) => {
    const labels = new Set(series.flatMap((sample) => Object.keys(sample.labels)));
    labels.delete("le");
    return [family, [...labels].toSorted()] as const;
  });
  return Object.fromEntries(families.toSorted());
}

describeOnControlPlane("metrics of a running operator", (get) => {
  const clock = () => new Date("2026-11-23T08:00:00Z");
  const metrics = createMetrics({ version: "0.1.0", clusterName: CLUSTER, clock });
  let client: KubeClient;
  let server: Listener;
  let operator: Operator;

  // Before the fixture, which then looks for what was left open.
  afterAll(async () => {
    await operator.stop();
    await server.stop();
    client.close();
  });
  const fixture = new OperatorFixture(get);

  const start = () => {
    const settings = { clusterName: CLUSTER, edition: "2022-09-20", operatorVersion: "0.1.0", instance: "test" };
    operator = new Operator({ client, data, log, clock, settings, observer: metrics, timings: { reflector: REFLECTOR } });
    operator.start();
    metrics.watch(() => operator.reflectors());
  };

  async function scrape(): Promise<Exposition> {
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    return parseExposition(await answer.text());
  }

  beforeAll(async () => {
    await fixture.installCrds();
    await fixture.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "flux" } });
    await fixture.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } });
    await fixture.apply(fluxd(), ...toolkit("v2.9.4"));
    client = await fixture.client();
    server = await startMetricsServer({ address: "127.0.0.1:0", setting: "--metrics-address", text: () => metrics.text(), log });
    start();
  });

  test("exposes exactly the metrics and the labels of docs/metrics.md", async () => {
    const wanted = await documented();
    expect(Object.keys(wanted).length).toBeGreaterThan(20);
    // The state stands while it is suspended, and only then is there anything that holds a pass back.
    await fixture.row("1.25.4 None 2.9 Archived Current InProgress FinishMigration True");
    await fixture.merge(SINGLETON, { spec: { suspend: true } });
    await eventually(scrape, (exposition) => expect(shown(exposition)).toEqual(wanted));
    await fixture.merge(SINGLETON, { spec: { suspend: null } });
    const { flux_migration_held_back: _, ...usual } = wanted;
    await eventually(scrape, (exposition) => expect(shown(exposition)).toEqual(usual));
  });

  test("tells the cluster as its status does", async () => {
    const exposition = await eventually(scrape, (found) =>
      expect(lines(found, "flux_migration_component_info")).toContainEqual(
        expect.stringMatching(/^component=fluxd .*action=FinishMigration/),
      ),
    );
    const status = await fixture.status();
    const wanted = (status?.conditions ?? []).map(
      ({ type, status: state, reason }) => `type=${type} status=${state} reason=${reason} cluster=${CLUSTER}`,
    );
    expect(wanted).toContainEqual(expect.stringContaining("Flux1Present status=True"));
    expect(lines(exposition, "flux_migration_condition").toSorted()).toEqual(wanted.toSorted());
  });

  test("no counter goes back when the operator is made anew, as new data asks for", async () => {
    const counters = ({ samples, types }: Exposition) =>
      new Map(
        samples
          .filter(({ name }) => name.startsWith("flux_migration_reflector_") && types.get(name) === "counter")
          .map(({ name, labels, value }) => [`${name} ${labels.resource} ${labels.reason}`, value]),
      );
    const before = counters(await scrape());
    expect(before.get("flux_migration_reflector_reads_total deployments.apps undefined")).toBeGreaterThan(0);
    await operator.stop();
    start();
    const at = counters(await scrape());
    for (const [series, value] of before) expect([series, (at.get(series) ?? -1) >= value]).toEqual([series, true]);
    await eventually(scrape, (exposition) => {
      const lists = counters(exposition).get("flux_migration_reflector_reads_total deployments.apps undefined");
      expect(lists).toBeGreaterThan(before.get("flux_migration_reflector_reads_total deployments.apps undefined") ?? 0);
    });
  });
});

await describeWithTools(["promtool"], "metrics, as promtool reads them", ({ promtool }) => {
  /** @returns the exit code, and all that was said */
  function check(args: readonly string[], input = ""): Promise<[number, string]> {
    return new Promise((resolve) => {
      const child = execFile(promtool, [...args], (error, out, err) => resolve([Number(error?.code ?? 0), `${out}${err}`]));
      child.stdin?.end(input);
    });
  }

  const clusters = Object.keys(rows).filter((name): name is ClusterName => name in rows);

  test.each(clusters)("cluster %s: no problem", async (name) => {
    const told = metricsOf(CLUSTER);
    told.stands(statusOf(sixClusters[name]));
    told.passed("Written", 0.1);
    told.watch(() => [reflector("deployments.apps", { reads: 1, restarts: { Ended: 1 }, lastContact: new Date() })]);
    expect(await check(["check", "metrics"], await told.text())).toEqual([0, ""]);
  });

  test("it would tell of one", async () => {
    const [code, said] = await check(["check", "metrics"], "# HELP things Things.\n# TYPE things counter\nthings 1\n");
    expect([code, said]).toEqual([3, expect.stringContaining("_total")]);
  });

  describe("queries of the page", () => {
    const folders: string[] = [];
    afterAll(async () => {
      for (const folder of folders) await rm(folder, { recursive: true });
    });

    test.each(EXAMPLE_QUERIES)("$question", async ({ query }) => {
      const folder = await mkdtemp(join(tmpdir(), "queries-"));
      folders.push(folder);
      const rules = { groups: [{ name: "page", rules: [{ record: "a:b:c", expr: query }] }] };
      await writeFile(join(folder, "rules.yaml"), JSON.stringify(rules));
      const [code, said] = await check(["check", "rules", join(folder, "rules.yaml")]);
      expect([code, said]).toEqual([0, expect.stringContaining("1 rules found")]);
    });
  });
});
