/** A real Prometheus on 127.0.0.1 with storage of its own, and the questions that Grafana asks it. Knows no metric and no dashboard. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import * as z from "zod";
import { startOrphanGuard } from "../control-plane/orphan-guard.ts";
import { startServerProcess } from "../control-plane/server-process.ts";

/** Four of them make a rate; a test waits for several. */
const SCRAPE_MS = 250;

const READY_MS = 30_000;
const STOP_MS = 10_000;

export interface Target {
  readonly port: number;
  /** Labels that a service discovery would attach. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** One for a moment, several for a range. */
  readonly values: readonly number[];
}

export interface Prometheus {
  /** The answer for now, in the order in which Prometheus gives it. @throws with Prometheus' own words where it refuses the query */
  now(expr: string): Promise<Series[]>;
  /** The answer for the last `seconds`, one value each `stepSeconds`. */
  range(expr: string, seconds: number, stepSeconds: number): Promise<Series[]>;
  /** label_values(metric, label) */
  labelValues(metric: string, label: string): Promise<string[]>;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  readonly program: string;
  readonly targets: readonly Target[];
  readonly honorLabels: boolean;
}

/** Resolves once every target was scraped. */
export async function startPrometheus({ program, targets, honorLabels }: PrometheusOptions): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "prometheus-"));
  const guard = startOrphanGuard(folder);
  const file = join(folder, "prometheus.yaml");
  await writeFile(file, dump(configuration(targets, honorLabels)));
  const url = `http://127.0.0.1:${await freePort()}`;
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${url.slice("http://".length)}`,
  ];
  const server = await startServerProcess("prometheus", program, flags, join(folder, "prometheus.log"), guard);
  const stop = async () => {
    await server.stop(STOP_MS);
    await rm(folder, { recursive: true, force: true });
    await guard.dismiss();
  };
  try {
    await server.ready(() => answers(`${url}/-/ready`), READY_MS);
    // It looks for its targets some seconds after it calls itself ready.
    await server.ready(async () => (await now(url, "up == 1")).length === targets.length, READY_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    now: (expr) => now(url, expr),
    range: async (expr, seconds, stepSeconds) => {
      const end = Date.now() / 1000;
      const times = { start: String(end - seconds), end: String(end), step: String(stepSeconds) };
      return RangeAnswer.parse(await ask(url, "query_range", { query: expr, ...times })).map(({ metric, values }) => ({
        labels: metric,
        values,
      }));
    },
    labelValues: async (metric, label) => z.array(z.string()).parse(await ask(url, `label/${label}/values`, { "match[]": metric })),
    stop,
  };
}

function configuration(targets: readonly Target[], honorLabels: boolean): object {
  const every = `${SCRAPE_MS}ms`;
  return {
    global: { scrape_interval: every, scrape_timeout: every },
    scrape_configs: [
      {
        job_name: "flux-migration-operator",
        honor_labels: honorLabels,
        static_configs: targets.map(({ port, labels }) => ({
          targets: [`127.0.0.1:${port}`],
          ...(labels === undefined ? {} : { labels }),
        })),
      },
    ],
  };
}

/** Prometheus writes NaN and infinities as words, and numbers as text. */
const Value = z.tuple([z.number(), z.string()]).transform(([, text]) => Number(text.replace("Inf", "Infinity")));
const Labels = z.record(z.string(), z.string());
const Answer = z.object({ result: z.array(z.object({ metric: Labels, value: Value })) }).transform(({ result }) => result);
const RangeAnswer = z.object({ result: z.array(z.object({ metric: Labels, values: z.array(Value) })) }).transform(({ result }) => result);
const Envelope = z.object({ status: z.string(), error: z.string().optional(), data: z.unknown() });

async function now(url: string, expr: string): Promise<Series[]> {
  return Answer.parse(await ask(url, "query", { query: expr })).map(({ metric, value }) => ({ labels: metric, values: [value] }));
}

async function ask(url: string, path: string, parameters: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const { status, error, data } = Envelope.parse(await response.json());
  if (status !== "success") throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
  return data;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Free a moment ago: Prometheus does not say which port it took, so it cannot choose one itself. */
async function freePort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve, reject) => holder.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = holder.address();
  await new Promise((resolve) => holder.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP listener without a port");
  return address.port;
}
