/**
 * `npm run bench:scan`: 10,000 manifests, of which a hundredth is Flux, scanned by the bundle; beside a plain full parse of the same files, and
 * one file beside bare node, in the same run. `--files N` for another number. Read the ratios; milliseconds differ between machines.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { loadAll } from "js-yaml";
import { table } from "../../src/cli/print-status.ts";
import { freshBundle } from "../bundle.ts";

const { values } = parseArgs({ options: { files: { type: "string" } } });
const FILES = Number(values.files ?? 10_000);
const IN_A_FOLDER = 100;
const TURNS = 5;

/** About 2 KB, as a manifest that somebody wrote. */
function manifest(index: number): string {
  const image = index % 100 === 0 ? "docker.io/fluxcd/flux:1.25.4" : `registry.example.com/team/app-${index}:1.${index}`;
  const env = Array.from(
    { length: 24 },
    (_, count) => `            - name: SETTING_${count}\n              value: "value of setting ${count}"\n`,
  ).join("");
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-${index}\n  namespace: team-${index % 50}\nspec:\n  selector: {matchLabels: {app: app-${index}}}\n  template:\n    metadata: {labels: {app: app-${index}}}\n    spec:\n      containers:\n        - name: main\n          image: ${image}\n          env:\n${env}---\napiVersion: v1\nkind: Service\nmetadata: {name: app-${index}, namespace: team-${index % 50}}\nspec: {ports: [{port: 80}]}\n`;
}

async function median(act: () => Promise<void> | void): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const start = performance.now();
    await act();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(TURNS / 2)] ?? Number.NaN;
}

const folder = mkdtempSync(join(tmpdir(), "bench-scan-"));
try {
  for (let index = 0; index < FILES; index += 1) {
    const inner = join(folder, String(Math.floor(index / IN_A_FOLDER)));
    if (index % IN_A_FOLDER === 0) mkdirSync(inner);
    writeFileSync(join(inner, `${index}.yaml`), manifest(index));
  }
  const bundle = await freshBundle();
  const one = join(folder, "0", "1.yaml");
  // Never: what is found must not look like a failure.
  const scan = async (path: string) =>
    void (await promisify(execFile)(process.execPath, [bundle, "scan", "--fail-on", "Never", path], { maxBuffer: 2 ** 26 }));
  const parse = () => {
    for (const inner of readdirSync(folder))
      for (const name of readdirSync(join(folder, inner))) loadAll(readFileSync(join(folder, inner, name), "utf8"));
  };
  const [whole, plain] = [await median(() => scan(folder)), await median(parse)];
  const [single, bare] = [
    await median(() => scan(one)),
    await median(async () => void (await promisify(execFile)(process.execPath, ["-e", "0"]))),
  ];
  const row = (what: string, ours: number, other: string, theirs: number) => [
    what,
    ours.toFixed(0),
    other,
    theirs.toFixed(0),
    (ours / theirs).toFixed(2),
  ];
  const rows = [row(`${FILES} manifests`, whole, "plain full parse", plain), row("one manifest", single, "bare node", bare)];
  process.stdout.write(`${table([["SCAN OF", "MS", "BESIDE", "MS", "RATIO"], ...rows])}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
