/** Durations as Go writes them [1], and as the toolkit's CRDs take them. Knows no flag. [1] https://pkg.go.dev/time#ParseDuration */

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy;

/** Of intervals in the toolkit's CRDs; their `timeout` of a source knows no hours. */
const PLAIN = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
const PLAIN_WITHOUT_HOURS = /^([0-9]+(\.[0-9]+)?(ms|s|m))+$/;

/** Go's longest, 2^63 ns: about 292 years. */
const LONGEST_MS = 2 ** 63 / 1e6;

/** @returns milliseconds; undefined for what Go would refuse */
export function readGoDuration(text: string): number | undefined {
  const [, sign = "", body = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === "0") return 0;
  let sum = 0;
  let end = 0;
  for (const match of body.matchAll(PART)) {
    sum += Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 0);
    end = match.index + match[0].length;
  }
  if (body === "" || end !== body.length || sum > LONGEST_MS) return undefined;
  return sign === "-" ? -sum : sum;
}

/**
 * @param text a duration of Go
 * @param hours whether the field takes hours
 * @returns the same duration in a form that the CRDs take, as it stands where it can; undefined for none, and for less than a millisecond
 */
export function toolkitDuration(text: string, hours: boolean): string | undefined {
  const ms = readGoDuration(text);
  if (ms === undefined || ms < 1) return undefined;
  if ((hours ? PLAIN : PLAIN_WITHOUT_HOURS).test(text)) return text;
  const whole = Math.round(ms);
  const parts = [
    [Math.floor(whole / 60_000), "m"],
    [Math.floor((whole % 60_000) / 1_000), "s"],
    [whole % 1_000, "ms"],
  ] as const;
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count}${unit}`] : [])).join("");
}
