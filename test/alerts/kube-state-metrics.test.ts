/** The sample configuration for kube-state-metrics: its paths lead to what a status holds, and the real program makes metrics of it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { applyManifests } from "../control-plane/apply.ts";
import { startOrphanGuard } from "../control-plane/orphan-guard.ts";
import { startServerProcess } from "../control-plane/server-process.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { manifest } from "../integration/operator/manifests.ts";
import { eventually } from "../integration/operator/operator-fixture.ts";
import { freePort } from "../tools/free-port.ts";
import { describeWithTools } from "../tools/suite.ts";
import { sixClusters } from "../unit/assess/six-clusters.ts";
import { fluxd, statusOf, toolkit } from "../unit/assess/subject-builder.ts";
import { startOperator } from "./dashboards-fleet.ts";

const FILE = "deploy/monitoring/kube-state-metrics.yaml";

const READY_MS = 30_000;
const STOP_MS = 5_000;

const Path = z.array(z.string()).min(1);
const Each = z.strictObject({
  path: Path,
  labelsFromPath: z.record(z.string().regex(/^[a-z_]+$/), Path),
  labelName: z.string().optional(),
  valueFrom: Path.optional(),
  list: z.array(z.string()).optional(),
});

/** What of the form the sample uses. Source: kube-state-metrics, docs/metrics/extend/customresourcestate-metrics.md */
const Configuration = z.strictObject({
  kind: z.literal("CustomResourceStateMetrics"),
  spec: z.strictObject({
    resources: z.tuple([
      z.strictObject({
        groupVersionKind: z.strictObject({
          group: z.literal("flux-migration.dev"),
          version: z.literal("v1alpha1"),
          kind: z.literal("MigrationStatus"),
        }),
        metricNamePrefix: z.string(),
        labelsFromPath: z.record(z.string(), Path),
        metrics: z.array(
          z.strictObject({
            name: z.string(),
            help: z.string(),
            each: z.discriminatedUnion("type", [
              z.strictObject({ type: z.literal("Info"), info: Each }),
              z.strictObject({ type: z.literal("StateSet"), stateSet: Each }),
            ]),
          }),
        ),
      }),
    ]),
  }),
});

async function metrics(): Promise<{ name: string; each: z.infer<typeof Each> }[]> {
  const { metricNamePrefix, metrics: all } = Configuration.parse(load(await readFile(FILE, "utf8"))).spec.resources[0];
  return all.map(({ name, each }) => ({ name: `${metricNamePrefix}_${name}`, each: each.type === "Info" ? each.info : each.stateSet }));
}

const Fields = z.record(z.string(), z.unknown());

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner: unknown, field) => Fields.safeParse(inner).data?.[field], value);
}

test("each path leads to a field that one of the six clusters has", async () => {
  const ignoring = statusOf({ workloads: [fluxd()], spec: { ignore: [{ namespace: "flux", reason: "known" }] } });
  const objects = [...Object.values(sixClusters).map(statusOf), ignoring].map((status) => ({ status }));
  for (const { name, each } of await metrics()) {
    const found = objects.flatMap((object) => at(object, each.path) ?? []);
    for (const path of [...Object.values(each.labelsFromPath), ...(each.valueFrom ? [each.valueFrom] : [])]) {
      expect([name, path, found.some((item) => typeof at(item, path) === "string")]).toEqual([name, path, true]);
    }
  }
});

test("the page names each metric with its labels", async () => {
  const page = await readFile("docs/kube-state-metrics.md", "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, labels = ""]) => [name, labels.match(/\w+/g)?.toSorted()]);
  const wanted = (await metrics()).map(({ name, each }) => [
    name,
    [...Object.keys(each.labelsFromPath), ...(each.labelName ? [each.labelName] : [])].toSorted(),
  ]);
  expect(rows).toEqual(wanted);
});

/** `metric a=1 b=2` of each sample that is not 0, without the labels that all have. */
function samples(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [, name = "", labels = ""] = /^(kube_migrationstatus_\w+)\{(.*)\} 1$/.exec(line) ?? [];
    const shown = [...labels.matchAll(/(\w+)="([^"]*)"/g)].filter(([, label = ""]) => !label.startsWith("customresource_"));
    return name === "" ? [] : [[name, ...shown.map(([, label, value]) => `${label}=${value}`).toSorted()].join(" ")];
  });
}

await describeWithTools(["kube-state-metrics"], "kube-state-metrics", (tools) => {
  describeOnControlPlane("kube-state-metrics on a real API server", (get) => {
    let stop = async () => {};
    let port = 0;

    beforeAll(async () => {
      const operator = await startOperator(get(), []);
      const objects = [fluxd(), ...toolkit("v2.6.4")].map((object) => JSON.stringify(manifest(object)));
      expect((await applyManifests(get(), objects.join("\n---\n"))).refused).toEqual([]);
      const folder = await mkdtemp(join(tmpdir(), "kube-state-metrics-"));
      const guard = startOrphanGuard(folder);
      const [own, telemetry] = [await freePort(), await freePort()];
      port = own;
      const flags = [
        `--kubeconfig=${get().kubeconfig}`,
        "--host=127.0.0.1",
        `--port=${own}`,
        "--telemetry-host=127.0.0.1",
        `--telemetry-port=${telemetry}`,
        "--custom-resource-state-only=true",
        `--custom-resource-state-config-file=${FILE}`,
      ];
      const program = tools["kube-state-metrics"];
      const server = await startServerProcess("kube-state-metrics", program, flags, join(folder, "kube-state-metrics.log"), guard);
      stop = async () => {
        await server.stop(STOP_MS);
        await guard.dismiss();
        await rm(folder, { recursive: true, force: true });
        await operator.stop();
      };
      const answers = () =>
        fetch(`http://127.0.0.1:${own}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        );
      await server.ready(answers, READY_MS);
    }, 120_000);

    afterAll(async () => {
      await stop();
    });

    test("row, conditions and components come out", async () => {
      const read = async () => samples(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
      await eventually(read, (found) => {
        expect(found).toEqual(
          expect.arrayContaining([
            "kube_migrationstatus_info action=FinishMigration blocked_by=None fluxd=1.25.4 helm_operator=None migration=InProgress name=cluster phase=Archived progress=1/5 severity=Critical support=EndOfSupport toolkit=2.6",
            "kube_migrationstatus_condition name=cluster reason=FluxdPresent status=True type=Flux1Present",
            "kube_migrationstatus_condition name=cluster reason=InProgress status=False type=MigrationComplete",
            "kube_migrationstatus_component_info action=FinishMigration component=fluxd name=cluster namespace=flux phase=Archived severity=Critical track=Flux1 version=1.25.4 workload=flux",
          ]),
        );
        // One state of each condition, and no other.
        const types = found
          .filter((sample) => sample.startsWith("kube_migrationstatus_condition "))
          .map((sample) => sample.split(" type=")[1]);
        expect(types.length).toBe(new Set(types).size);
      });
    });
  });
});
