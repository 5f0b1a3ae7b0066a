/** What `npm test` says of the time it took: each part, and the slowest test files, so that the budget can be watched. Measures nothing itself. */

export interface Part {
  readonly name: string;
  readonly seconds: number;
}

const SLOWEST_SHOWN = 10;

/** @param parts in the order in which they ran
 *  @param files of all parts */
export function timeTold(parts: readonly Part[], files: readonly Part[]): string {
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST_SHOWN);
  const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  const lines = [...parts, { name: "in all", seconds: total }].map(row);
  return ["== time", ...lines, "", `== slowest test files of ${files.length}`, ...slowest.map(row), ""].join("\n");
}

function row({ name, seconds }: Part): string {
  return `${seconds.toFixed(1).padStart(7)} s  ${name}`;
}
