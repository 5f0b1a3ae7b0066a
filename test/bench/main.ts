/**
 * `npm run bench`: what the operator takes on clusters full of what is not Flux, beside curl and kube-state-metrics in the same run.
 * docs/scale.md says what each column is. `--quick` stops at 10,000 Deployments, `--sizes 0,1000` and `--programs table` choose,
 * `--json` prints data.
 */
import { parseArgs } from "node:util";
import { findTool, NoTool } from "../tools/find-tool.ts";
import { bench } from "./bench.ts";
import { reportText, rowText } from "./figures.ts";
import { kubeStateMetrics, ourSubjects, type Subject } from "./subject.ts";

const { values: flags } = parseArgs({
  options: { quick: { type: "boolean" }, json: { type: "boolean" }, sizes: { type: "string" }, programs: { type: "string" } },
});

const ALL_SIZES = "0,1000,10000,50000,100000";
const QUICK_SIZES = "0,1000,10000";

const progress = (line: string) => void process.stderr.write(`${line}\n`);

function sizesOf(text: string): number[] {
  if (!/^\d{1,6}(,\d{1,6})*$/.test(text)) throw new Error(`--sizes is ${text}; want numbers of Deployments: ${ALL_SIZES}`);
  return text.split(",").map(Number);
}

async function others(): Promise<Subject[]> {
  try {
    return [kubeStateMetrics(await findTool("kube-state-metrics", progress))];
  } catch (error) {
    if (!(error instanceof NoTool)) throw error;
    progress(`without kube-state-metrics: ${error.message}`);
    return [];
  }
}

function chosen(all: readonly Subject[], names: readonly string[] | undefined): readonly Subject[] {
  const unknown = names?.find((name) => all.every((subject) => subject.name !== name));
  if (unknown !== undefined) throw new Error(`--programs: no ${unknown}; there are ${all.map(({ name }) => name).join(", ")}`);
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}

const { subjects: ours, remove } = await ourSubjects(["table", "full"]);
try {
  const subjects = chosen([...ours, ...(await others())], flags.programs?.split(","));
  const report = await bench({
    sizes: sizesOf(flags.sizes ?? (flags.quick ? QUICK_SIZES : ALL_SIZES)),
    subjects,
    starts: 3,
    updates: flags.quick ? 2_000 : 10_000,
    creations: flags.quick ? { quiet: 20, busy: 20 } : { quiet: 200, busy: 50 },
    quietSeconds: flags.quick ? 30 : 300,
    progress,
    measured: (row) => progress(rowText(row)),
  });
  process.stdout.write(`${flags.json ? JSON.stringify(report) : reportText(report)}\n`);
} finally {
  await remove();
}
