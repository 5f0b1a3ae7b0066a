/**
 * Every query of the dashboards on a real Prometheus that scrapes a real operator, and the real exporters of other clusters: it gives
 * data, or nothing where nothing is right, and counts no cluster twice.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { DASHBOARDS, dashboardQueries } from "../../build/dashboards/dashboards.ts";
import type { Panel } from "../../build/dashboards/panel.ts";
import { MigrationStatus, type MigrationStatusStatus, MigrationStatusStatus as StatusSchema } from "../../src/api/migration-status.ts";
import { SEVERITIES } from "../../src/api/words.ts";
import { applyManifests } from "../control-plane/apply.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { manifest } from "../integration/operator/manifests.ts";
import { eventually, SINGLETON } from "../integration/operator/operator-fixture.ts";
import { describeWithTools } from "../tools/suite.ts";
import { sixClusters } from "../unit/assess/six-clusters.ts";
import { fluxd, statusOf, toolkit } from "../unit/assess/subject-builder.ts";
import { type Exporter, type LiveCluster, startExporter, startJudged, startOperator } from "./dashboards-fleet.ts";
import { type Prometheus, type Series, startPrometheus } from "./dashboards-prometheus.ts";
import { type Choice, substituted } from "./dashboards-variables.ts";

/** Enough scrapes for a rate, few enough that a test need not wait for them. */
const RATE_INTERVAL = "5s";
const RANGE_SECONDS = 5;
const STEP_SECONDS = 0.25;

const LIVE = "live-eu-1";
const LOST = "gone-eu-1";
const SIX = Object.values(sixClusters);

/** No Flux at all, and no date ahead: the release data is out of date by then. */
const NOTHING = statusOf({ now: "2027-06-01" });

async function ask(prometheus: Prometheus, query: { expr: string; as: Panel["view"]["as"] }, choice: Choice = "All"): Promise<Series[]> {
  const expr = substituted(query.expr, { allValue: ".*", choice, rateInterval: RATE_INTERVAL });
  return query.as === "Graph" ? await prometheus.range(expr, RANGE_SECONDS, STEP_SECONDS) : await prometheus.now(expr);
}

/** Queries of both dashboards that give no number at all. */
async function emptyQueries(prometheus: Prometheus, choice: Choice = "All"): Promise<string[]> {
  const answers = dashboardQueries().map(async (query) => {
    const series = await ask(prometheus, query, choice);
    return series.some(({ values }) => values.some(Number.isFinite)) ? [] : [named(query)];
  });
  return (await Promise.all(answers)).flat();
}

function named({ dashboard, panel, expr }: { dashboard: string; panel: string; expr: string }): string {
  return `${dashboard} / ${panel}: ${expr}`;
}

/** The answer to a panel's first query. */
async function panelNow(prometheus: Prometheus, title: string, choice: Choice = "All"): Promise<Series[]> {
  const query = dashboardQueries().find(({ panel }) => panel === title);
  if (query === undefined) throw new Error(`no panel is called ${title}`);
  return await ask(prometheus, query, choice);
}

function clustersOf(series: readonly Series[]): string[] {
  return series.map(({ labels }) => labels.cluster ?? "(none)").toSorted();
}

await describeWithTools(["prometheus"], "dashboards", ({ prometheus: program }) => {
  describeOnControlPlane("dashboards on a real Prometheus", (get) => {
    const stops: (() => Promise<void>)[] = [];
    const started = <T extends { stop(): Promise<void> }>(one: T): T => {
      stops.push(() => one.stop());
      return one;
    };
    let live: LiveCluster;
    let leader: Exporter;
    let follower: Exporter;
    let clean: Exporter;
    let fleet: Prometheus;
    let nameless: Prometheus;
    let empty: Prometheus;

    beforeAll(async () => {
      const plain = started(await startExporter());
      leader = started(await startExporter(LIVE));
      live = started(await startOperator(get(), [leader, plain]));
      const objects = [fluxd(), ...toolkit("v2.6.4")].map((object) => JSON.stringify(manifest(object)));
      expect((await applyManifests(get(), objects.join("\n---\n"))).refused).toEqual([]);

      follower = started(await startExporter(LIVE));
      follower.metrics.leading(false);
      follower.metrics.watch(() => live.operator.reflectors());
      const six = await Promise.all(SIX.map(async (cluster) => started(await startJudged(cluster.name, statusOf(cluster)))));
      six[0]?.metrics.passed("HeldBack", 0.001, "Suspended");
      const lost = started(await startJudged(LOST, statusOf(sixClusters.a)));
      clean = started(await startJudged("clean-eu-1", NOTHING));

      // As Thanos shows it that reads two Prometheus: each series of a pod once for each.
      const twice = ["a", "b"].map((prometheus_replica) => ({ port: leader.port, labels: { prometheus_replica } }));
      const others = [follower, ...six, lost].map(({ port }) => ({ port }));
      fleet = started(await startPrometheus({ program, honorLabels: true, targets: [...twice, ...others] }));
      const pod = { namespace: "flux-migration", pod: "flux-migration-operator-0" };
      nameless = started(await startPrometheus({ program, honorLabels: false, targets: [{ port: plain.port, labels: pod }] }));
      empty = started(await startPrometheus({ program, honorLabels: true, targets: [{ port: clean.port }] }));

      await eventually(
        () => panelNow(fleet, "Clusters, the gravest first"),
        (rows) => expect(clustersOf(rows)).toEqual([LIVE, LOST, ...SIX.map(({ name }) => name)].toSorted()),
      );
      await lost.stop();
    });

    afterAll(async () => {
      for (const stop of stops.toReversed()) await stop();
    });

    // A scrape that came too late on a busy machine leaves nothing to read until the next one.
    beforeEach(async () => {
      await eventually(
        () => panelNow(fleet, "Clusters, the gravest first"),
        (rows) => expect(clustersOf(rows)).toEqual(expect.arrayContaining([LIVE, ...SIX.map(({ name }) => name)])),
      );
    });

    /** Judged again and again, or there would be no rate. */
    async function judgeAgain(): Promise<void> {
      clean.metrics.passed("Unchanged", 0.004);
      await get().request(
        "PATCH",
        SINGLETON,
        { metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() } } },
        "application/merge-patch+json",
      );
    }

    async function expectEmpty(prometheus: Prometheus, wanted: readonly string[]): Promise<void> {
      const read = async () => {
        await judgeAgain();
        return (await emptyQueries(prometheus)).toSorted();
      };
      await eventually(read, (found) => expect(found).toEqual(wanted.toSorted()), 30_000);
    }

    async function liveStatus(): Promise<MigrationStatusStatus> {
      return StatusSchema.parse(MigrationStatus.parse((await get().request("GET", SINGLETON)).body).status);
    }

    test("in a fleet with Flux 1, toolkits and a lost cluster, every query gives data", async () => {
      await expectEmpty(fleet, []);
    });

    test("in a Prometheus that names no cluster and puts its own labels first, all do but those about clusters that it has not", async () => {
      const others = dashboardQueries().filter(({ panel }) => panel === "Lost clusters" || panel === "Held back");
      await expectEmpty(nameless, others.map(named));
    });

    test("where there is no Flux, those and no others are empty that are marked so", async () => {
      await expectEmpty(
        empty,
        dashboardQueries()
          .filter(({ emptyWhen }) => emptyWhen !== undefined)
          .map(named),
      );
    });

    test("each column of each table has its label", async () => {
      const tables = DASHBOARDS.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels));
      for (const { title, view, queries } of tables) {
        if (view.as !== "Table") continue;
        const answers = await Promise.all(queries.map(({ expr }) => ask(fleet, { expr, as: "Table" })));
        const labels = new Set(answers.flat().flatMap((series) => Object.keys(series.labels)));
        const wanted = view.columns.map(({ from }) => from).filter((from) => !from.startsWith("Value"));
        expect([title, wanted.filter((label) => !labels.has(label))]).toEqual([title, []]);
      }
    });

    test("the cluster list holds every cluster that was heard, and a choice shows those and no others", async () => {
      expect(await fleet.labelValues("flux_migration_build_info", "cluster")).toEqual(
        [LIVE, LOST, ...SIX.map(({ name }) => name)].toSorted(),
      );
      expect(await nameless.labelValues("flux_migration_build_info", "cluster")).toEqual([]);
      expect(clustersOf(await panelNow(fleet, "Clusters, the gravest first", ["prod-eu-1"]))).toEqual(["prod-eu-1"]);
      expect(clustersOf(await panelNow(fleet, "Clusters, the gravest first", ["prod-eu-1", "lab-1"]))).toEqual(["lab-1", "prod-eu-1"]);
      // A dot in a name is a dot.
      expect(await panelNow(fleet, "Clusters, the gravest first", ["prod.eu-1"])).toEqual([]);
      for (const query of dashboardQueries()) {
        const others = (await ask(fleet, query, ["lab-1"])).filter(({ labels }) => (labels.cluster ?? "lab-1") !== "lab-1");
        expect([named(query), others]).toEqual([named(query), []]);
      }
    });

    test("two replicas and two Prometheus count each cluster once", async () => {
      const statuses = [await liveStatus(), ...SIX.map(statusOf)];
      const inState = (type: string, state: string) =>
        statuses.filter(({ conditions }) => conditions?.some((condition) => condition.type === type && condition.status === state)).length;
      const numbers = ["Clusters", "With Flux 1", "Migrated", "Not fully known", "Upgrade blocked", "Lost"];
      const shown = await Promise.all(numbers.map(async (title) => (await panelNow(fleet, title))[0]?.values[0]));
      const wanted = [
        7,
        inState("Flux1Present", "True"),
        inState("MigrationComplete", "True"),
        inState("Ready", "False"),
        inState("UpgradeBlocked", "True"),
        1,
      ];
      expect(shown).toEqual(wanted);
      expect(shown).toEqual([7, 3, 2, 1, expect.any(Number), 1]);
      expect(clustersOf(await panelNow(fleet, "Lost clusters"))).toEqual([LOST]);
      const toolkits = await panelNow(fleet, "Toolkits by release");
      expect(toolkits.map(({ labels, values }) => `${values[0]} ${labels.release}`).toSorted()).toEqual(
        ["2 v2.6.4", "1 v2.2.3", "1 v2.7.5", "1 v2.8.8", "1 v2.9.4", "1 v2.9.4"].toSorted(),
      );
      expect((await panelNow(fleet, "Leaders", [LIVE]))[0]?.values).toEqual([1]);
    });

    test("a rate is that of one Prometheus, not of both", async () => {
      await judgeAgain();
      const query = dashboardQueries().find(({ panel }) => panel === "Passes an hour, by outcome");
      const shown = substituted(query?.expr ?? "", { allValue: ".*", choice: [LIVE], rateInterval: RATE_INTERVAL });
      const one = `sum(3600 * rate(flux_migration_reconciles_total{cluster="${LIVE}", prometheus_replica="a"}[1h]))`;
      const [ratio] = await fleet.now(`sum(${shown}) / ${one}`);
      // The two scrape at different moments; both added up would be 2.
      expect(ratio?.values[0]).toBeGreaterThan(0.7);
      expect(ratio?.values[0]).toBeLessThan(1.4);
    });

    test("the row of a cluster is its status, and the gravest stands first", async () => {
      const rows = await panelNow(fleet, "Clusters, the gravest first");
      const ranks = rows.map(({ values }) => values[0] ?? -1);
      expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
      expect(rows[0]?.values).toEqual([SEVERITIES.indexOf("Critical")]);
      const { summary } = await liveStatus();
      const row = rows.find(({ labels }) => labels.cluster === LIVE);
      expect(row?.labels).toEqual({
        cluster: LIVE,
        fluxd: summary?.fluxd,
        helm_operator: summary?.helmOperator,
        toolkit: summary?.toolkit,
        phase: summary?.phase,
        support: summary?.support,
        migration: summary?.migration,
        progress: summary?.progress,
        action: summary?.action,
        blocked_by: summary?.blockedBy,
      });
    });

    test("conditions are good, unknown or worth attention, each by its own sign", async () => {
      const rows = await panelNow(fleet, "Conditions", ["prod-ap-1"]);
      const verdicts = Object.fromEntries(rows.map(({ labels, values }) => [`${labels.type} ${labels.status}`, values[0]]));
      expect(verdicts).toEqual({
        "Ready False": 2,
        "Reconciling True": 2,
        "Flux1Present Unknown": 1,
        "MigrationComplete Unknown": 1,
        "ActionRequired True": 2,
        "ToolkitEndOfSupport Unknown": 1,
        "UpgradeBlocked False": 0,
        "DataStale False": 0,
      });
      const migrated = await panelNow(fleet, "Conditions", ["shared-eu-1"]);
      expect(migrated.find(({ labels }) => labels.type === "MigrationComplete")?.values).toEqual([0]);
    });

    test("the names of namespaces and installations are ours, whatever the scrape makes of them", async () => {
      for (const prometheus of [fleet, nameless]) {
        const choice = prometheus === fleet ? [LIVE] : "All";
        const components = await panelNow(prometheus, "Components", choice);
        expect(components.find(({ labels }) => labels.component === "fluxd")?.labels).toMatchObject({
          namespace: "flux",
          workload: "deployment/flux",
        });
        const installations = await panelNow(prometheus, "Installations", choice);
        expect(installations.map(({ labels }) => labels.instance).toSorted()).toEqual(["flux-system/toolkit", "flux/flux1"]);
      }
    });

    test("when another replica takes over, the cluster keeps one row", async () => {
      const status = await liveStatus();
      leader.metrics.leading(false);
      follower.metrics.leading(true);
      follower.metrics.stands({ ...status, summary: status.summary && { ...status.summary, progress: "2/5" } });
      const rows = await eventually(
        () => panelNow(fleet, "Clusters, the gravest first", [LIVE]),
        (found) => expect(found.map(({ labels }) => labels.progress)).toEqual(["2/5"]),
      );
      expect(rows).toHaveLength(1);
      expect((await panelNow(fleet, "Clusters"))[0]?.values).toEqual([7]);
    });
  });
});
