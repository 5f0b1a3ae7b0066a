/** Puts values in place of a dashboard's variables, as Grafana does. Source: grafana.com/docs, "Add variables", "Variable syntax". */

/** What is chosen in the list of clusters: "All" is what the dashboard gives as its allValue. */
export type Choice = "All" | readonly string[];

export function substituted(
  expr: string,
  { allValue, choice, rateInterval }: { allValue: string; choice: Choice; rateInterval: string },
): string {
  const cluster = choice === "All" ? allValue : inRegex(choice);
  const text = expr.replaceAll("$cluster", cluster).replaceAll("$__rate_interval", rateInterval);
  // $1 belongs to label_replace; Grafana leaves alone what names no variable of its own.
  const left = text.match(/\$(?!1\b)\w+/);
  if (left) throw new Error(`${left[0]} is no variable of the dashboards: ${expr}`);
  return text;
}

/** One name stands alone, several in brackets; letters that mean something in a regular expression mean themselves. */
function inRegex(names: readonly string[]): string {
  const escaped = names.map((name) => name.replaceAll(/[\\^$*+?.()|[\]{}]/g, "\\\\$&"));
  return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
}
