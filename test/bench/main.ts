/**
 * `npm run bench`: how long a Deployment takes to stand in the status, beside a plain watch in the same run, and what is written while
 * nothing happens. `--quick` takes a tenth of the time, `--json` prints data. Milliseconds differ between machines; read the ratio.
 */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { table } from "../../src/cli/print-status.ts";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { BUNDLE_FLAGS, freshBundle } from "../bundle.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { plainWatch } from "./watch.ts";

const { values: flags } = parseArgs({ options: { quick: { type: "boolean" }, json: { type: "boolean" } } });

const CREATIONS = flags.quick ? 20 : 200;
/** Longer than the 500 ms between two writes, so that each creation finds a free way. */
const APART_MS = 600;
const QUIET_MS = flags.quick ? 30_000 : 300_000;

const progress = (line: string) => void process.stderr.write(`${line}\n`);

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function fluxd(name: string): object {
  const labels = { app: name };
  const container = { name: "flux", image: "docker.io/fluxcd/flux:1.25.4", args: ["--git-readonly"] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
}

interface Latency {
  plain: number[];
  status: number[];
}

async function measureLatency(controlPlane: ControlPlane): Promise<Latency> {
  const client = createClient(loadCluster({ kubeconfig: controlPlane.kubeconfig }), { version: "bench" });
  const ended = new AbortController();
  const watched = new Map<string, number>();
  const written = new Map<string, number>();
  let wanted = "";
  await plainWatch(
    client,
    "/apis/apps/v1/namespaces/default/deployments",
    ({ at, name }) => watched.set(name, watched.get(name) ?? at),
    ended.signal,
  );
  await plainWatch(
    client,
    "/apis/flux-migration.dev/v1alpha1/migrationstatuses",
    ({ at, object }) => {
      if (!written.has(wanted) && JSON.stringify(object).includes(`"${wanted}"`)) written.set(wanted, at);
    },
    ended.signal,
  );
  const latency: Latency = { plain: [], status: [] };
  for (let index = 0; index < CREATIONS; index += 1) {
    wanted = `fluxd-${index}`;
    const start = performance.now();
    await controlPlane.request("POST", "/apis/apps/v1/namespaces/default/deployments", fluxd(wanted));
    await sleep(Math.max(0, start + APART_MS - performance.now()));
    const [plain, status] = [watched.get(wanted), written.get(wanted)];
    if (plain === undefined || status === undefined)
      throw new Error(`${wanted} was not ${plain === undefined ? "watched" : "written"} within ${APART_MS} ms`);
    latency.plain.push(plain - start);
    latency.status.push(status - start);
    if (index % 20 === 19) progress(`${index + 1} of ${CREATIONS} creations`);
  }
  ended.abort();
  client.close();
  return latency;
}

async function writesWhileQuiet(controlPlane: ControlPlane): Promise<number> {
  await sleep(2_000);
  const since = Date.now();
  for (let passed = 0; passed < QUIET_MS; passed += 30_000) {
    progress(`quiet for ${passed / 1000} of ${QUIET_MS / 1000} s`);
    await sleep(Math.min(30_000, QUIET_MS - passed));
  }
  const events = await controlPlane.audit();
  const writes = new Set(["create", "update", "patch", "delete"]);
  return events.filter(
    (event) => event.userAgent?.startsWith("flux-migration-operator") && writes.has(event.verb) && event.at.getTime() > since,
  ).length;
}

async function main(): Promise<void> {
  const controlPlane = await startControlPlane({ progress });
  void controlPlane.died.then(progress);
  const settings = ["operator", "--install-crds", "--kubeconfig", controlPlane.kubeconfig, "--log-level", "error"];
  const operator = spawn(process.execPath, [...BUNDLE_FLAGS, await freshBundle(), ...settings], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  try {
    await sleep(5_000);
    const { plain, status } = await measureLatency(controlPlane);
    progress(`median ${quantile(status, 0.5).toFixed(1)} ms, p99 ${quantile(status, 0.99).toFixed(1)} ms`);
    const quiet = await writesWhileQuiet(controlPlane);
    const rows = [
      ["median", quantile(plain, 0.5), quantile(status, 0.5)],
      ["p99", quantile(plain, 0.99), quantile(status, 0.99)],
    ] as const;
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ creations: CREATIONS, rows, writesWhileQuiet: quiet, quietSeconds: QUIET_MS / 1000 })}\n`);
      return;
    }
    const cells = rows.map(([name, watch, written]) => [
      name,
      watch.toFixed(1),
      written.toFixed(1),
      (written - watch).toFixed(1),
      (written / watch).toFixed(1),
    ]);
    process.stdout.write(`${table([["CREATION TO", "PLAIN WATCH MS", "STATUS MS", "MORE MS", "RATIO"], ...cells])}\n\n`);
    process.stdout.write(`API writes during ${QUIET_MS / 1000} s of nothing: ${quiet}\n`);
  } finally {
    operator.kill("SIGTERM");
    await controlPlane.stop();
  }
}

await main();
