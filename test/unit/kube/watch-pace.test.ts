import { expect, test } from "@jest/globals";
import { WatchPace } from "../../../src/kube/watch-pace.ts";

const TIMINGS = { pauseMs: 1_000, busyPerSecond: 100, judgedMs: 500, presentLines: 3, heldMs: 60_000 };

/** A piece of the body. */
interface Piece {
  readonly lines: number;
  readonly settled?: boolean;
}

function paceFrom(nowMs: number, timings = TIMINGS): WatchPace {
  const pace = new WatchPace(timings);
  pace.begin(nowMs);
  return pace;
}

/** @param pieces one each millisecond, `fromMs` on @returns when it was to pause */
function pausesIn(pace: WatchPace, fromMs: number, pieces: readonly Piece[]): number[] {
  return pieces.flatMap(({ lines, settled = true }, at) => (pace.heard(lines, settled, fromMs + at) ? [fromMs + at] : []));
}

const times = (count: number, ...pieces: readonly Piece[]) => Array.from({ length: count }, () => pieces).flat();
const alone = (count: number) => times(count, { lines: 1 });
const gathered = (count: number) => times(count, { lines: 10, settled: false });

/** @returns a pace that has paused at 500 */
function paused(): WatchPace {
  const pace = paceFrom(0);
  expect(pausesIn(pace, 400, alone(101))).toEqual([500]);
  return pace;
}

test("pauses where changes come as fast as a hundred in a second, after half of one", () => {
  expect(pausesIn(paceFrom(0), 450, alone(100))).toEqual([500]);
});

test("does not pause where they come more slowly, and judges the next from there on", () => {
  const pace = paceFrom(0);
  expect(pausesIn(pace, 460, alone(45))).toEqual([]);
  expect(pausesIn(pace, 930, alone(100))).toEqual([1_000]);
});

test("does not pause for a burst that is long over", () => {
  const pace = paceFrom(0);
  expect(pausesIn(pace, 0, times(1, { lines: 5_000, settled: false }))).toEqual([]);
  expect([5_000, 6_000, 7_000, 8_000].flatMap((ms) => pausesIn(pace, ms, alone(1)))).toEqual([]);
});

test("reads all that has gathered before it pauses again", () => {
  const pace = paused();
  const stops = [...alone(1), ...gathered(3), ...alone(2), ...times(1, { lines: 7 }), ...alone(2), ...gathered(200), ...alone(2)];
  expect(pausesIn(pace, 1_500, stops)).toEqual([]);
  expect(pausesIn(pace, 1_800, alone(5))).toEqual([1_800]);
});

test("knows by their ends whether lines that are longer than a piece have gathered", () => {
  const pace = paused();
  const [part, end] = [
    { lines: 0, settled: false },
    { lines: 1, settled: false },
  ];
  expect(pausesIn(pace, 1_500, times(200, part, end))).toEqual([]);
  expect(pausesIn(pace, 2_000, times(4, part, { lines: 1 }))).toEqual([2_005]);
});

test("leaves in no line, and not while an object has yet to be read", () => {
  const pace = paceFrom(0);
  expect(pausesIn(pace, 100, alone(350))).toEqual([]);
  expect(pausesIn(pace, 600, [{ lines: 0, settled: false }, { lines: 0 }])).toEqual([601]);
});

test("does without for a minute where nothing had gathered twice, as somebody hands on line by line", () => {
  const pace = paused();
  expect(pausesIn(pace, 1_500, alone(600))).toEqual([2_002]);
  expect(pausesIn(pace, 3_002, alone(2_000))).toEqual([]);
  expect(pausesIn(pace, 62_000, alone(1_000))).toEqual([]);
  expect(pausesIn(pace, 63_100, alone(1_000))[0]).toBeGreaterThanOrEqual(63_100);
});

test("forgives a lull: what gathers in the next pause makes up for it", () => {
  const pace = paused();
  const lull = () => expect(pausesIn(pace, 1_500, alone(600))).toEqual([2_002]);
  lull();
  expect(pausesIn(pace, 3_002, [...gathered(100), ...alone(3)])).toEqual([3_104]);
  expect(pausesIn(pace, 4_104, alone(600))).toEqual([4_606]);
});

test("does without for a minute where the next watch was refused", () => {
  const pace = paused();
  pace.hold(1_500);
  pace.begin(2_500);
  expect(pausesIn(pace, 2_900, alone(1_000))).toEqual([]);
  expect(pausesIn(pace, 61_000, alone(1_000))[0]).toBe(61_500);
});

test("never pauses where the pause is none", () => {
  expect(pausesIn(paceFrom(0, { ...TIMINGS, pauseMs: 0 }), 0, alone(5_000))).toEqual([]);
});
