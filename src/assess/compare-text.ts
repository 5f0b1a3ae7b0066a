/** The order of texts wherever it shows: by code units, for that of a locale differs from one machine to the next. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
