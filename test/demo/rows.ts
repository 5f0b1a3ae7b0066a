/**
 * The row of a MigrationStatus: as kubectl prints it, or, where there is no kubectl, from the table that the API server gives and that
 * kubectl would print. Sets no columns (screen.ts).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { API_VERSION } from "../../src/api/group.ts";
import { note } from "./screen.ts";
import type { Stage } from "./stage.ts";

/** Short: what `kubectl get` prints, and DONE, which is a column of `-o wide`. All: what `-o wide` prints. */
export type Columns = "Short" | "All";

/** One cell for each column, named as kubectl heads it. */
export type Row = readonly { readonly column: string; readonly cell: string }[];

/** Columns that a plain `kubectl get` ends with: those behind it are for `-o wide`. */
const LAST_SHORT = "AGE";
const DONE = "DONE";

/** Changes by itself, without anything having happened. */
const AGE = "AGE";

/** Said by kubectl of a server that is more than one minor version away; here it always may be, and it says nothing about the rows. */
const SKEW = /version (difference|skew)|supported minor version/i;

/** Found out once: kubectl is not there, or of no use here. */
let kubectlMissing = false;

export async function readRows(stage: Stage, columns: Columns): Promise<Row[]> {
  const rows = (await kubectlRows(stage)) ?? (await serverRows(stage));
  return columns === "All" ? rows : rows.map(short);
}

/** Whether two sets of rows say the same, whatever their age. */
export function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  const told = (rows: readonly Row[]) => JSON.stringify(rows.map((row) => row.filter(({ column }) => column !== AGE)));
  return told(a) === told(b);
}

function short(row: Row): Row {
  const end = row.findIndex(({ column }) => column === LAST_SHORT) + 1;
  return [...row.slice(0, end), ...row.slice(end).filter(({ column }) => column === DONE)];
}

/** @returns undefined where kubectl is not in PATH, or fails; the reason is noted once */
async function kubectlRows({ controlPlane, ended }: Stage): Promise<Row[] | undefined> {
  if (kubectlMissing) return undefined;
  // Its cache of discovery would else stay behind in the home folder, one for each port that we ever had.
  const cache = join(controlPlane.folder, "kubectl-cache");
  const args = ["--kubeconfig", controlPlane.kubeconfig, "--cache-dir", cache, "get", "migrationstatus", "-o", "wide"];
  const answer = await run("kubectl", args, ended);
  if (answer.code === 0) {
    const said = answer.stderr.split("\n").filter((line) => line.trim() !== "" && !SKEW.test(line));
    for (const line of said) note(`kubectl: ${line}`);
    return cut(answer.stdout);
  }
  ended.throwIfAborted();
  kubectlMissing = true;
  note(`${answer.why}: the rows are those of the table that the API server gives`);
  return undefined;
}

type Ran = { code: 0; stdout: string; stderr: string } | { code: undefined; why: string };

async function run(program: string, args: readonly string[], signal: AbortSignal): Promise<Ran> {
  // A group of its own: Ctrl-C in the terminal is for us, and a kubectl that it ends would look as if it had failed.
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, signal });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  // Not waited for where the program did not even start.
  output.catch(() => undefined);
  try {
    const [code] = await once(child, "close");
    const [stdout, stderr] = await output;
    return code === 0 ? { code, stdout, stderr } : { code: undefined, why: `kubectl failed (${stderr.trim().split("\n").at(-1)})` };
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return { code: undefined, why: missing ? "kubectl is not in PATH" : `kubectl cannot run (${String(error)})` };
  }
}

/** Cells stand under their header's first letter, so an empty one does not shift the rest. */
function cut(printed: string): Row[] {
  const [header = "", ...lines] = printed.trimEnd().split("\n");
  const starts = [...header.matchAll(/\S+/g)].map(({ index, 0: column }) => ({ index, column }));
  return lines.map((line) =>
    starts.map(({ index, column }, place) => ({ column, cell: line.slice(index, starts[place + 1]?.index).trimEnd() })),
  );
}

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

const Table = z.object({
  kind: z.literal("Table"),
  columnDefinitions: z.array(z.object({ name: z.string(), priority: z.int() })),
  rows: z.array(z.object({ cells: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])) })),
});

async function serverRows({ client }: Stage): Promise<Row[]> {
  const { columnDefinitions, rows } = Table.parse(await client.json({ path: `/apis/${API_VERSION}/migrationstatuses`, accept: TABLE }));
  const names = columnDefinitions.map(({ name }) => name.toUpperCase());
  // kubectl prints what has no value as <none>.
  return rows.map(({ cells }) => names.map((column, place) => ({ column, cell: cells[place] === null ? "<none>" : String(cells[place]) })));
}
