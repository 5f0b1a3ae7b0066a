/** Ways of spoiling an answer on its way to the client, as streams. When, and which, fault-kinds.ts decides. */

import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Downstream } from "../integration/kube/faulty-proxy.ts";

/** Passes so many bytes, and then does what is to be done, once; the rest is lost. */
export function after(bytes: number, act: (way: Transform) => void): Transform {
  let left = bytes;
  let acted = false;
  const once = (way: Transform) => {
    if (!acted) act(way);
    acted = true;
  };
  return new Transform({
    transform(piece: Buffer, _, done) {
      if (acted) return done();
      this.push(piece.subarray(0, left));
      left -= piece.length;
      if (left <= 0) once(this);
      done();
    },
    // What had fewer bytes is spoiled at its end.
    flush(done) {
      if (acted) return; // held open, or closed already
      once(this);
      done();
    },
  });
}

/** The connection ends after so many bytes. */
export function dropped(downstream: Downstream, bytes: number, how: "Cut" | "Reset"): Transform {
  return after(bytes, () => downstream.drop(how));
}

/** After so many bytes nothing comes any more, and nothing ends. */
export function stalled(bytes: number): Transform {
  return after(bytes, () => undefined);
}

/** The answer ends in good order after so many bytes, wherever that is. */
export function truncated(bytes: number): Transform {
  return after(bytes, (way) => way.push(null));
}

/** What becomes of a line: another text, nothing, or the end of the answer, in good order and before that line. */
type LineFate = string | undefined | typeof THE_END;
const THE_END = Symbol("the end");

/** Whole lines meet their fate; what has no end of line passes. */
export function byLine(fate: (line: string) => LineFate): Transform {
  let rest = "";
  let ended = false;
  return new Transform({
    transform(piece: Buffer, _, done) {
      const lines = (rest + piece.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (ended) break;
        const passed = fate(line);
        ended = passed === THE_END;
        if (passed === THE_END) this.push(null);
        else if (passed !== undefined) this.push(Buffer.from(`${passed}\n`, "latin1"));
      }
      done();
    },
    flush(done) {
      if (!ended) this.push(Buffer.from(rest, "latin1"));
      done();
    },
  });
}

/** The watch ends in good order after so many lines. */
export function endedAt(lines: number): Transform {
  let left = lines;
  return byLine((line) => {
    left -= 1;
    return left < 0 ? THE_END : line;
  });
}

/** A few bytes at a time, and after a while all that has gathered: a watch that never catches up would show nothing but its delay. */
export function dripping(bytes: number, everyMs: number, forMs: number): Transform {
  const endMs = performance.now() + forMs;
  return new Transform({
    transform(piece: Buffer, _, done) {
      void (async () => {
        let at = 0;
        for (; at < piece.length && performance.now() < endMs; at += bytes) {
          this.push(piece.subarray(at, at + bytes));
          await sleep(everyMs);
        }
        this.push(piece.subarray(at));
        done();
      })();
    },
  });
}
