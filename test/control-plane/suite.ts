/**
 * The one way to write a test suite that needs a real API server. Where no control plane can be had, its tests are skipped, and the
 * reason is printed; it is never replaced by something that imitates one.
 *
 * Which Kubernetes it is, the jest project decides: each suite of test/integration runs on the newest and, in the project `floor`, on the
 * oldest. A file with the word `@newest-only` in its first comment, and the reason beside it, runs on the newest alone.
 */
import { afterAll, beforeAll, describe, jest } from "@jest/globals";
import * as z from "zod";
import { ON_FLOOR } from "../test-files.ts";
import { findBinaries, KUBERNETES, NoControlPlane } from "./binaries.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane.ts";

/** A start takes 4 s alone, and several times that beside other suites on few cores. */
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 30_000;

/** Of each test: requests take milliseconds, but a watch, a CRD or a restart of the API server takes seconds. */
const TEST_LIMIT_MS = 120_000;

/** Of the control planes of this run. What cannot hold on the floor is an expectation of its own there, not a test left out. */
export const kubernetes = z.enum(KUBERNETES).default("Newest").parse(Reflect.get(globalThis, "kubernetes"));

const say = (line: string) => void process.stderr.write(`${line}\n`);

// Known before any test is registered: jest can no longer skip one from within a hook. A build takes minutes and no limit of jest's
// holds here; `npm test` has the binaries built before jest starts.
const found = await findBinaries(say, kubernetes).catch((error: unknown) => {
  if (error instanceof NoControlPlane) return error;
  throw error;
});

if (found instanceof NoControlPlane) process.stderr.write(`\n${found.message}\n\n`);

/** A `describe` whose tests start control planes in processes of their own, such as the commands that they are about. */
export function describeWithBinaries(name: string, body: () => void): void {
  if (found instanceof NoControlPlane) {
    process.stderr.write(`SKIPPED, as there is no control plane: ${name}\n`);
    describe.skip(name, body);
    return;
  }
  describe(name, body);
}

/**
 * A `describe` with a control plane of its own, started before the first test and stopped after the last.
 * @param body registers tests; `get` gives the control plane, and only within tests and hooks
 */
export function describeOnControlPlane(
  name: string,
  body: (get: () => ControlPlane) => void,
  options: Omit<ControlPlaneOptions, "binaries"> = {},
): void {
  // Names tell the two runs of one file apart.
  const title = kubernetes === "Newest" ? name : `${name}, ${ON_FLOOR}`;
  if (found instanceof NoControlPlane) {
    process.stderr.write(`SKIPPED, as there is no control plane: ${title}\n`);
    describe.skip(title, () => body(noControlPlane));
    return;
  }
  const binaries = found;
  describe(title, () => {
    let controlPlane: ControlPlane | undefined;
    jest.setTimeout(TEST_LIMIT_MS);
    beforeAll(async () => {
      controlPlane = await startControlPlane({ ...options, binaries });
    }, START_LIMIT_MS);
    afterAll(async () => {
      await controlPlane?.stop();
    }, STOP_LIMIT_MS);
    body(() => controlPlane ?? noControlPlane());
  });
}

function noControlPlane(): never {
  throw new Error("the control plane is there only while tests run: call get() within a test or a hook");
}
