import { expect, test } from "@jest/globals";
import { WatchPace } from "../../../src/kube/watch-pace.ts";

const TIMINGS = { pauseMs: 1_000, busyPerSecond: 100 };

/** A piece of the body. */
interface Piece {
  readonly lines: number;
  readonly withinLine?: boolean;
}

/** @param pieces one each millisecond, `fromMs` on @returns when it was to pause */
function pausesIn(pace: WatchPace, fromMs: number, pieces: readonly Piece[]): number[] {
  return pieces.flatMap(({ lines, withinLine = false }, at) => (pace.heard(lines, withinLine, fromMs + at) ? [fromMs + at] : []));
}

const times = (count: number, ...pieces: readonly Piece[]) => Array.from({ length: count }, () => pieces).flat();
const alone = (count: number) => times(count, { lines: 1 });
const gathered = (count: number) => times(count, { lines: 10, withinLine: true });

test("pauses where changes come as fast as a hundred in a second, after a quarter of one", () => {
  expect(pausesIn(new WatchPace(TIMINGS, 0), 200, alone(100))).toEqual([250]);
});

test("does not pause where they come more slowly, and judges the next from there on", () => {
  const pace = new WatchPace(TIMINGS, 0);
  expect(pausesIn(pace, 230, alone(24))).toEqual([]);
  expect(pausesIn(pace, 470, alone(50))).toEqual([500]);
});

test("reads all that has gathered before it pauses again, however the server stops within it", () => {
  const pace = new WatchPace(TIMINGS, 0);
  const stops = [...alone(1), ...gathered(3), ...alone(2), ...times(1, { lines: 7 }), ...alone(2), ...gathered(200), ...alone(2)];
  expect(pausesIn(pace, 1_000, stops)).toEqual([]);
  expect(pausesIn(pace, 1_300, alone(5))).toEqual([1_300]);
});

test("knows by their ends whether lines that are longer than a piece have gathered", () => {
  const pace = new WatchPace(TIMINGS, 0);
  expect(pausesIn(pace, 1_000, times(200, { lines: 0, withinLine: true }, { lines: 1, withinLine: true }))).toEqual([]);
  expect(pausesIn(pace, 1_500, times(4, { lines: 0, withinLine: true }, { lines: 1 }))).toEqual([1_505]);
});

test("never pauses where the pause is none", () => {
  expect(pausesIn(new WatchPace({ ...TIMINGS, pauseMs: 0 }, 0), 0, alone(5_000))).toEqual([]);
});
