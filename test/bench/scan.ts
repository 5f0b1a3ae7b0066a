/**
 * `npm run bench:scan`: 10,000 manifests, of which a hundredth is Flux, scanned by the bundle, beside a plain full parse of the same files; and
 * one file, scanned by the bundle and by the package of npm, which keeps what it compiled, beside bare node in turn. `--files N` for another
 * number. Read the ratios; milliseconds differ between machines.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { loadAll } from "js-yaml";
import { npmPackage } from "../../build/npm-package.ts";
import { table } from "../../src/cli/print-status.ts";
import { freshBundle } from "../bundle.ts";

const { values } = parseArgs({ options: { files: { type: "string" } } });
const FILES = Number(values.files ?? 10_000);
const IN_A_FOLDER = 100;
const TURNS = 5;
/** One file is over so soon that other programs on the machine show. */
const STARTS = 21;

/** About 2 KB, as a manifest that somebody wrote. */
function manifest(index: number): string {
  const image = index % 100 === 0 ? "docker.io/fluxcd/flux:1.25.4" : `registry.example.com/team/app-${index}:1.${index}`;
  const env = Array.from(
    { length: 24 },
    (_, count) => `            - name: SETTING_${count}\n              value: "value of setting ${count}"\n`,
  ).join("");
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-${index}\n  namespace: team-${index % 50}\nspec:\n  selector: {matchLabels: {app: app-${index}}}\n  template:\n    metadata: {labels: {app: app-${index}}}\n    spec:\n      containers:\n        - name: main\n          image: ${image}\n          env:\n${env}---\napiVersion: v1\nkind: Service\nmetadata: {name: app-${index}, namespace: team-${index % 50}}\nspec: {ports: [{port: 80}]}\n`;
}

/** Medians of what is done in turn, so that what else the machine does meets all of them. The first turn is for caches. */
async function medians(turns: number, ...acts: (() => Promise<void> | void)[]): Promise<number[]> {
  const times = acts.map((): number[] => []);
  for (let turn = 0; turn <= turns; turn += 1) {
    for (const [index, act] of acts.entries()) {
      const start = performance.now();
      await act();
      if (turn > 0) times[index]?.push(performance.now() - start);
    }
  }
  return times.map((taken) => taken.toSorted((a, b) => a - b)[Math.floor(turns / 2)] ?? Number.NaN);
}

const folder = mkdtempSync(join(tmpdir(), "bench-scan-"));
const manifests = join(folder, "manifests");
try {
  for (let index = 0; index < FILES; index += 1) {
    const inner = join(manifests, String(Math.floor(index / IN_A_FOLDER)));
    if (index % IN_A_FOLDER === 0) mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, `${index}.yaml`), manifest(index));
  }
  const bundle = await freshBundle();
  await npmPackage({ dist: dirname(bundle), folder: join(folder, "npm") });
  const node = async (...args: string[]) => void (await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 }));
  // Never: what is found must not look like a failure.
  const scan = (program: string, path: string) => () => node(program, "scan", "--fail-on", "Never", path);
  const parse = () => {
    for (const inner of readdirSync(manifests))
      for (const name of readdirSync(join(manifests, inner))) loadAll(readFileSync(join(manifests, inner, name), "utf8"));
  };
  const [whole = 0, plain = 0] = await medians(TURNS, scan(bundle, manifests), parse);
  const one = join(manifests, "0", "1.yaml");
  const [single = 0, kept = 0, bare = 0] = await medians(STARTS, scan(bundle, one), scan(join(folder, "npm/start.cjs"), one), () =>
    node("-e", "0"),
  );
  const row = (what: string, ours: number, other: string, theirs: number) => [
    what,
    ours.toFixed(0),
    other,
    theirs.toFixed(0),
    (ours / theirs).toFixed(2),
  ];
  const rows = [
    row(`${FILES} manifests`, whole, "plain full parse", plain),
    row("one manifest", single, "bare node", bare),
    row("the same, from npm", kept, "bare node", bare),
  ];
  process.stdout.write(`${table([["SCAN OF", "MS", "BESIDE", "MS", "RATIO"], ...rows])}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
