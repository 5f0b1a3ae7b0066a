/** Sequences of looks at a cluster that changes and is not always readable: what is told of them, against what happened. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { MigrationStatusStatus, Transition } from "../../../src/api/migration-status.ts";
import { assess } from "../../../src/assess/assess.ts";
import { previousStatus } from "../../../src/assess/previous-status.ts";
import { fluxd, subject, toolkit, toolkitCrds } from "./subject-builder.ts";

const NAMES = ["a", "b", "c"] as const;
const DENIED = { verb: "list", reason: "Forbidden", message: "list is forbidden (403) for x" } as const;

/** What can be read: all; all but one kind in which Flux 1 could be too, for want of a right or of an answer; or nothing of where it is. */
const SIGHTS = ["Whole", "NoDaemonSets", "NoDeployments", "NoAnswer"] as const;

/** Of each kind; 15,000 found nothing. */
const SEQUENCES = 60;

interface Step {
  readonly flux1: readonly (typeof NAMES)[number][];
  readonly toolkit: boolean;
  readonly sight: (typeof SIGHTS)[number];
  /** The MigrationTimetable cannot be used. */
  readonly wrong: boolean;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ flux1: fc.subarray([...NAMES]), toolkit: fc.boolean(), sight: fc.constantFrom("Whole", ...SIGHTS), wrong: fc.boolean() }),
  { minLength: 2, maxLength: 30 },
);

const TOOLKIT = toolkit("v2.9.4");
const CRDS = toolkitCrds("v2.9.4");
const UNREADABLE = {
  Whole: [],
  NoDaemonSets: [{ resource: "daemonsets.apps", ...DENIED }],
  NoAnswer: [{ resource: "daemonsets.apps", ...DENIED, reason: "Unavailable", message: "no answer" } as const],
  NoDeployments: [{ resource: "deployments.apps", ...DENIED }],
};

interface Told {
  readonly step: Step;
  readonly status: MigrationStatusStatus;
  readonly changes: readonly Transition[];
}

/** Judges one step after the other, each with the status of the one before as the server gives it back. */
function play(sequence: readonly Step[]): Told[] {
  let previous: MigrationStatusStatus | undefined;
  return sequence.map((step, index) => {
    const workloads = [...step.flux1.map((namespace) => fluxd({ namespace })), ...(step.toolkit ? TOOLKIT : [])];
    const { status, changes } = assess(
      subject({
        workloads: step.sight === "NoDeployments" ? [] : workloads,
        crds: step.toolkit ? CRDS : [],
        unreadable: UNREADABLE[step.sight],
        ...(step.wrong ? { problem: { reason: "TimetableInvalid", message: "MigrationTimetable/dated does not exist" } } : {}),
        now: new Date(Date.UTC(2026, 10, 23, 8, 0, index)).toISOString(),
        ...(previous ? { previous } : {}),
      }),
    );
    previous = previousStatus(JSON.parse(JSON.stringify(status)));
    return { step, status, changes };
  });
}

const namesIn = ({ message }: Transition) => [...message.matchAll(/fluxd in (\w+)\/flux/g)].map(([, name = ""]) => name);
const of = (changes: readonly Transition[], ...reasons: string[]) => changes.filter(({ reason }) => reasons.includes(reason));
const newNames = ({ changes }: Told) => of(changes, "Flux1Detected").flatMap(namesIn);
const seesFlux1 = ({ step }: Told) => step.sight !== "NoDeployments" && step.flux1.length > 0;

function check(property: (told: readonly Told[]) => void, sequences = steps): void {
  fc.assert(
    fc.property(sequences, (sequence) => property(play(sequence))),
    { numRuns: SEQUENCES },
  );
}

test("each Flux 1 is told no more often than it came", () => {
  check((told) => {
    const came = new Map<string, number>();
    const times = new Map<string, number>();
    for (const [index, one] of told.entries()) {
      const before = told[index - 1]?.step.flux1 ?? [];
      for (const name of one.step.flux1) if (!before.includes(name)) came.set(name, (came.get(name) ?? 0) + 1);
      for (const name of newNames(one)) times.set(name, (times.get(name) ?? 0) + 1);
      for (const name of NAMES) expect(times.get(name) ?? 0).toBeLessThanOrEqual(came.get(name) ?? 0);
    }
  });
});

test("Flux 1 that was not there at the look before is told at once", () => {
  check((told) => {
    for (const [index, one] of told.entries()) {
      const before = told[index - 1];
      if (one.step.sight === "NoDeployments" || before?.step.sight !== "Whole") continue;
      const fresh = one.step.flux1.filter((name) => !before.step.flux1.includes(name));
      expect([index, newNames(one)]).toEqual([index, fresh]);
    }
  });
});

test("of Flux 1 and its end in turns: what was last told is what is seen", () => {
  check((told) => {
    let last: string | undefined;
    for (const [index, one] of told.entries()) {
      for (const { reason } of of(one.changes, "Flux1Detected", "MigrationCompleted")) {
        if (reason === "MigrationCompleted") expect([index, last]).toEqual([index, "Flux1Detected"]);
        last = reason;
      }
      if (seesFlux1(one)) expect([index, last]).toEqual([index, "Flux1Detected"]);
      const complete = one.step.sight === "Whole" && one.step.flux1.length === 0 && one.step.toolkit;
      if (complete && last !== undefined) expect([index, last]).toEqual([index, "MigrationCompleted"]);
    }
  });
});

test("a right that is missing and its return are told in turns", () => {
  check((told) => {
    let last = "AccessRestored";
    for (const [index, one] of told.entries()) {
      const access = of(one.changes, "AccessDenied", "AccessRestored").map(({ reason }) => reason);
      const wanted = { Whole: "AccessRestored", NoDaemonSets: "AccessDenied", NoDeployments: "AccessDenied", NoAnswer: last }[
        one.step.sight
      ];
      expect([index, access]).toEqual([index, wanted === last ? [] : [wanted]]);
      last = access[0] ?? last;
    }
  });
});

/** Flux 1 that stays, and so much else that it would fall out of the history. */
const restless: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    flux1: fc.constant(["a"] as const),
    toolkit: fc.constant(true),
    sight: fc.constantFrom("Whole", "NoDaemonSets"),
    wrong: fc.constant(false),
  }),
  { minLength: 20, maxLength: 40 },
);

test.each([
  ["what happens to it", steps],
  ["what else happens", restless],
])("the history is the last of what was told, and what was last told of Flux 1, whatever comes of %s", (_, sequences) => {
  check((told) => {
    const all: Transition[] = [];
    for (const { status, changes } of told) {
      all.unshift(...changes.map(({ time, reason, message }) => ({ time, reason, message })).toReversed());
      const last = all.find(({ reason }) => reason === "Flux1Detected" || reason === "MigrationCompleted");
      const history = status.history ?? [];
      expect(history).toHaveLength(Math.min(10, all.length));
      expect(history.slice(0, 9)).toEqual(all.slice(0, 9));
      if (last) expect(history).toContainEqual(last);
    }
  }, sequences);
});
