/** What becomes of programs that we started, and of us, when a signal comes or no file is left to open: in processes of their own. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const MODULE = join(import.meta.dirname, "../../../src/kube/process-group.ts");
const SLOW_MS = 20_000;

/** @param text of a module that can call `sleeps()` and `says(text)` @returns how it ended, and what it said */
function run(text: string, shell = "exec"): Promise<{ code: number | string | null; out: string }> {
  const module = `
    import { openSync } from "node:fs";
    import { runGroup } from ${JSON.stringify(MODULE)};
    const says = (text) => process.stdout.write(text + ";");
    const sleeps = () => runGroup("/bin/sleep", ["9"], {}, { timeMs: 15_000, bytes: 9 }).then(({ code }) => says("ended " + code));
    const signalled = (signal) => setTimeout(() => process.kill(process.pid, signal), 200);
    ${text}`;
  return new Promise((resolve) => {
    const command = `${shell} "$0" --input-type=module --eval "$1"`;
    const child = execFile("/bin/sh", ["-c", command, process.execPath, module], (error, out) => {
      resolve({ code: error ? (error.code ?? child.signalCode) : 0, out });
    });
  });
}

describe("a signal that comes while programs run", () => {
  test.each([1, 3])(
    "ends us and all %d of them, where nobody else listens",
    async (programs) => {
      const { code, out } = await run(
        `signalled("SIGINT"); await Promise.all(Array.from({ length: ${programs} }, sleeps)); says("lives on");`,
      );
      expect({ code, out }).toEqual({ code: "SIGINT", out: "" });
    },
    SLOW_MS,
  );
  test(
    "is left to whoever listens, also once",
    async () => {
      const listens = `process.once("SIGTERM", () => setTimeout(() => { says("in good order"); process.exit(0); }, 200));`;
      expect(await run(`${listens} signalled("SIGTERM"); await sleeps();`)).toEqual({ code: 0, out: "ended SIGKILL;in good order;" });
    },
    SLOW_MS,
  );
  test(
    "is heard no more once all have ended",
    async () => {
      const { code } = await run(
        `await runGroup("/bin/true", [], {}, { timeMs: 9_000, bytes: 9 }); process.exit(process.listenerCount("SIGINT"));`,
      );
      expect(code).toBe(0);
    },
    SLOW_MS,
  );
});

test(
  "without a file descriptor for its streams, a program is not started, and we live on",
  async () => {
    const none = `try { for (;;) openSync("/dev/null"); } catch {} await sleeps().catch(({ code }) => says(code)); says("lives on");`;
    expect(await run(none, "ulimit -n 64; exec")).toEqual({ code: 0, out: "EMFILE;lives on;" });
  },
  SLOW_MS,
);
