/** The figures of the benchmark: what each is, its goal, and how the table shows them. Measures nothing. */
import { table } from "../../src/cli/print-status.ts";

interface Column {
  readonly heading: string;
  readonly digits: number;
  /** In words, for docs/scale.md. */
  readonly meaning: string;
  /** At most, of source table. */
  readonly goal?: number;
}

export const COLUMNS = {
  syncSeconds: {
    heading: "SYNC-S",
    digits: 2,
    meaning: "seconds from the first list of Deployments to the watch that follows; of curl, to the last byte",
  },
  syncOfList: {
    heading: "OF-LIST",
    digits: 2,
    meaning: "that, as a part of what curl takes in the same run for all Deployments whole",
    goal: 0.25,
  },
  readySeconds: {
    heading: "READY-S",
    digits: 2,
    meaning: "seconds from the start of the process until all kinds are read; of ours, and judged",
  },
  bytesEach: {
    heading: "BYTES-EACH",
    digits: 0,
    meaning: "bytes read for each Deployment that is not Flux; of kube-state-metrics, all that its process reads",
    goal: 300,
  },
  peakMb: { heading: "PEAK-MB", digits: 0, meaning: "most memory that the process ever had resident, all phases included", goal: 90 },
  loopP99Ms: {
    heading: "LOOP-MS",
    digits: 0,
    meaning: "milliseconds of lag that 99 of 100 samples of the event loop stay below until it is ready",
    goal: 50,
  },
  serverCpuOfList: {
    heading: "SERVER-CPU",
    digits: 2,
    meaning: "processor time of the API server until it is ready, all kinds included, as a part of what curl's list takes",
    goal: 0.15,
  },
  eventsCpuSeconds: {
    heading: "EVENTS-CPU-S",
    digits: 2,
    meaning:
      "processor seconds of the process for 10,000 updates of Deployments that are not Flux, in a cluster in which as many came before",
    goal: 0.2,
  },
  updateMs: { heading: "UPDATE-MS", digits: 0, meaning: "milliseconds from the creation of a fluxd to the status that names it: median" },
  updateP99Ms: { heading: "P99-MS", digits: 0, meaning: "the same, 99 of 100" },
  watchMs: {
    heading: "WATCH-MS",
    digits: 0,
    meaning: "milliseconds from that creation to the event of a plain watch: median, and nothing is faster",
  },
} as const satisfies Readonly<Record<string, Column>>;

export type ColumnName = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS).filter((name): name is ColumnName => name in COLUMNS);

export interface Row {
  /** Deployments that are not Flux. */
  readonly objects: number;
  /** `curl`, a source of ours, or another program. */
  readonly what: string;
  /** What is missing was not measured. */
  readonly figures: Readonly<Partial<Record<ColumnName, number>>>;
}

export interface Report {
  /** Ratios hold between machines, seconds do not. */
  readonly machine: { readonly processor: string; readonly processors: number; readonly node: string; readonly kubernetes: string };
  readonly rows: readonly Row[];
  /** Writes of ours to the API server while nothing happened. */
  readonly quiet?: { readonly seconds: number; readonly writes: number };
}

/** `SYNC-S 0.12, OF-LIST 0.10, ...` */
export function rowText({ objects, what, figures }: Row): string {
  const parts = COLUMN_NAMES.flatMap((name) =>
    figures[name] === undefined ? [] : `${COLUMNS[name].heading} ${shown(name, figures[name], false)}`,
  );
  return `${objects} Deployments: ${what}: ${parts.join(", ")}`;
}

export function goalOf(name: ColumnName): number | undefined {
  const column: Column = COLUMNS[name];
  return column.goal;
}

/** One row each, and the goals in the last. A figure beyond its goal bears a mark. */
export function reportText({ machine, rows, quiet }: Report): string {
  const cells = rows.map(({ objects, what, figures }) => [
    String(objects),
    what,
    ...COLUMN_NAMES.map((name) => shown(name, figures[name], what === "table")),
  ]);
  const goals = ["any", "goal", ...COLUMN_NAMES.map((name) => shown(name, goalOf(name), false))];
  const header = ["OBJECTS", "WHAT", ...COLUMN_NAMES.map((name) => COLUMNS[name].heading)];
  return [
    table([header, ...cells, goals]),
    "",
    ...(quiet ? [`API writes during ${quiet.seconds} s of nothing: ${quiet.writes}`] : []),
    `${machine.processors} x ${machine.processor}, node ${machine.node}, Kubernetes ${machine.kubernetes}; ! is beyond the goal`,
  ].join("\n");
}

function shown(name: ColumnName, value: number | undefined, judged: boolean): string {
  if (value === undefined) return "None";
  const goal = goalOf(name);
  return `${value.toFixed(COLUMNS[name].digits)}${judged && goal !== undefined && value > goal ? "!" : ""}`;
}
