/** How long ago something was, for people. Not for deadlines: those are dates. */

const UNITS = [
  { name: "days", seconds: 86_400 },
  { name: "h", seconds: 3_600 },
  { name: "min", seconds: 60 },
] as const;

/** `4 s`, `3 min`, `5 h`, `2 days`: the largest unit of which two have passed. */
export function span(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const unit = UNITS.find((each) => seconds >= 2 * each.seconds);
  return unit === undefined ? `${seconds} s` : `${Math.floor(seconds / unit.seconds)} ${unit.name}`;
}
