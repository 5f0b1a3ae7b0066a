/** What a dashboard shows, said without Grafana: rows of panels, their queries and their columns. How Grafana writes it: grafana.ts. */

/** Colours of Grafana's palette; `text` is the plain colour of letters. */
export type Colour = "green" | "yellow" | "orange" | "red" | "blue" | "purple" | "text";

/** A word, or a number that stands for one, and the colour it is shown in. */
export type Words = Readonly<Record<string, Colour | { readonly text: string; readonly colour: Colour }>>;

export interface Query {
  /** PromQL with Grafana's variables: $cluster, $__rate_interval. */
  readonly expr: string;
  /** Name of each series, with {{label}}. Tables have none. */
  readonly legend?: string;
  /** Set where no answer is a good answer, with the state that gives none. */
  readonly emptyWhen?: string;
}

/** A column of a table: a label of the query's answer, or its value. */
export interface Column {
  /** `Value` is the answer's number; `Value A`, `Value B` where a table has several queries. */
  readonly from: string;
  readonly title: string;
  readonly words?: Words;
  readonly unit?: string;
  readonly decimals?: number;
  readonly width?: number;
  /** From this value on, in this colour; ascending. */
  readonly steps?: readonly Step[];
  /** Opens the other dashboard with the cell's text as its cluster. */
  readonly opensCluster?: boolean;
}

export interface Step {
  readonly from: number;
  readonly colour: Colour;
}

export type View =
  | { readonly as: "Table"; readonly columns: readonly Column[]; readonly sortBy?: { readonly title: string; readonly desc: boolean } }
  | { readonly as: "Graph"; readonly unit: string; readonly stacked?: boolean; readonly bars?: boolean; readonly atLeastZero?: boolean }
  | { readonly as: "Number"; readonly unit?: string; readonly decimals?: number; readonly steps?: readonly Step[] }
  | { readonly as: "Bars"; readonly words?: Words };

export interface Panel {
  readonly title: string;
  /** Shown behind the panel's ⓘ: what it says, and what to do where that is not plain. */
  readonly description: string;
  /** Of the 24 columns of a dashboard. */
  readonly width: number;
  readonly height: number;
  readonly view: View;
  readonly queries: readonly Query[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Name of its file and its address in Grafana; never changes, or links and bookmarks break. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Where the time range starts. */
  readonly from: string;
  /** Whether several clusters can be chosen at once. */
  readonly severalClusters: boolean;
  readonly rows: readonly Row[];
}
