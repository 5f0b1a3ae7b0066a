/** Whether a series of samples grows: a straight line by least squares, and how sure its slope is. Pure; measures nothing itself. */

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

export interface Trend {
  /** In the unit of the values. */
  readonly slopePerHour: number;
  /** Standard error of the slope. It takes the samples for independent: they are 5 s and a whole collection of garbage apart. */
  readonly errorPerHour: number;
  readonly hours: number;
}

const HOUR_MS = 3_600_000;

/** Of the slope's standard errors: what lies beyond is chance in one case of forty. */
const SURE = 2;

/** @throws RangeError for fewer than three samples: two have a line, and no error */
export function trendOf(samples: readonly Sample[]): Trend {
  const n = samples.length;
  if (n < 3) throw new RangeError(`${n} samples have no trend; want three at least`);
  const meanMs = mean(samples.map(({ atMs }) => atMs));
  const meanValue = mean(samples.map(({ value }) => value));
  const points = samples.map(({ atMs, value }) => ({ hours: (atMs - meanMs) / HOUR_MS, value: value - meanValue }));
  const spread = sum(points.map(({ hours }) => hours ** 2));
  if (spread === 0) throw new RangeError("all samples are of one moment: there is no trend in them");
  const slopePerHour = sum(points.map(({ hours, value }) => hours * value)) / spread;
  const rest = sum(points.map(({ hours, value }) => (value - slopePerHour * hours) ** 2));
  const times = samples.map(({ atMs }) => atMs);
  return {
    slopePerHour,
    errorPerHour: Math.sqrt(rest / (n - 2) / spread),
    hours: (Math.max(...times) - Math.min(...times)) / HOUR_MS,
  };
}

/** `Unsure`: the limit lies within the error, as the run was too short or the values too restless for a verdict. */
export type Verdict = "Below" | "Above" | "Unsure";

/** @param limitPerHour the slope that is still borne */
export function verdictOn({ slopePerHour, errorPerHour }: Trend, limitPerHour: number): Verdict {
  if (slopePerHour + SURE * errorPerHour < limitPerHour) return "Below";
  return slopePerHour - SURE * errorPerHour > limitPerHour ? "Above" : "Unsure";
}

/** Whether a count stays: over the whole run it gained less than one, or no more than chance can do. */
export function isConstant({ slopePerHour, errorPerHour, hours }: Trend): boolean {
  return (slopePerHour - SURE * errorPerHour) * hours < 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
