/** What becomes an Event and a line of history, and when the status is judged again. */
import { describe, expect, test } from "@jest/globals";
import { assess } from "../../../src/assess/assess.ts";
import { capped } from "../../../src/assess/size.ts";
import { type ClusterParts, crd, data, day, fluxd, helmOperator, statusOf, subject, toolkit, toolkitCrds } from "./subject-builder.ts";

/** Assesses one cluster after the other, each with the status of the one before. */
function played(...clusters: ClusterParts[]) {
  let previous: ReturnType<typeof assess>["status"] | undefined;
  return clusters.map((parts) => {
    const assessment = assess(subject({ ...parts, ...(previous ? { previous } : {}) }));
    previous = assessment.status;
    return assessment;
  });
}
const reasons = (parts: ReturnType<typeof played>) => parts.map(({ changes }) => changes.map((change) => change.reason).join(","));
const DENIED = {
  resource: "daemonsets.apps",
  verb: "list",
  reason: "Forbidden",
  message: "daemonsets.apps: list is forbidden (403) for x",
} as const;
const complete = { workloads: toolkit("v2.9.4"), crds: toolkitCrds("v2.9.4") };

describe("transitions", () => {
  test("a migration from beginning to end tells each thing once", () => {
    const both = { workloads: [fluxd(), ...toolkit("v2.9.4")], crds: toolkitCrds("v2.9.4") };
    expect(reasons(played({ workloads: [fluxd()] }, both, both, complete, complete))).toEqual([
      "Flux1Detected",
      "",
      "",
      "MigrationCompleted",
      "",
    ]);
  });

  test("a second fluxd is told, one that was known is not", () => {
    const second = fluxd({ namespace: "team" });
    const [, assessment] = played({ workloads: [fluxd()] }, { workloads: [fluxd(), second] });
    expect(assessment?.changes).toEqual([
      { type: "Warning", reason: "Flux1Detected", message: "Found fluxd in team/flux.", time: "2026-11-23T00:00:00Z" },
    ]);
  });

  test("Flux 1 that comes back is told again", () => {
    expect(reasons(played(complete, { workloads: [fluxd(), ...complete.workloads], crds: complete.crds }))).toEqual(["", "Flux1Detected"]);
  });

  test("a row that is reached is a deadline and a new phase", () => {
    const [, assessment] = played({ workloads: [fluxd()], now: "2022-10-31T23:59:59Z" }, { workloads: [fluxd()], now: "2022-11-01" });
    expect(assessment?.changes.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      "PhaseChanged: Flux 1: MigrationAndSecuritySupport became Archived.",
      "DeadlineReached: 2022-11-01: Row 5 of the timetable: Flux 1 is in phase Archived.",
    ]);
  });

  test("a right that is taken is told once, and so is its return", () => {
    const blind = { ...complete, unreadable: [DENIED] };
    expect(reasons(played(complete, blind, blind, complete))).toEqual(["", "AccessDenied", "", "AccessRestored"]);
  });

  test("a cluster that never had Flux 1 has completed nothing, nor one that only lost it", () => {
    expect(reasons(played(complete))).toEqual([""]);
    expect(reasons(played({ workloads: [fluxd()] }, {}))).toEqual(["Flux1Detected", ""]);
  });

  test("Flux 1 that is seen again after a time of blindness is no news", () => {
    const blind = { unreadable: [{ ...DENIED, resource: "deployments.apps" }] };
    expect(reasons(played({ workloads: [fluxd()] }, blind, { workloads: [fluxd()] }))).toEqual([
      "Flux1Detected",
      "AccessDenied",
      "AccessRestored",
    ]);
  });

  describe("another fluxd is news", () => {
    const [a, b] = [fluxd({ namespace: "a" }), fluxd({ namespace: "b" })];
    const blind = { unreadable: [{ ...DENIED, resource: "deployments.apps" }] };
    const messages = (parts: ReturnType<typeof played>) =>
      parts.map(({ changes }) => changes.flatMap(({ reason, message }) => (reason === "Flux1Detected" ? message : [])).join());

    test("after a time of blindness, whatever was told before", () => {
      expect(messages(played({ workloads: [a] }, blind, { workloads: [a, b] }))[2]).toBe("Found fluxd in b/flux.");
      expect(messages(played({ workloads: [a] }, {}, blind, { workloads: [b] }))[3]).toBe("Found fluxd in b/flux.");
    });

    test("but not where the names of some were left out: any of them may have been told", () => {
      const many = Array.from({ length: 6 }, (_, index) => fluxd({ namespace: `team-${index}` }));
      expect(messages(played({ workloads: many }, blind, { workloads: [b] }))).toEqual([expect.stringMatching(/ and 1 more\.$/), "", ""]);
    });

    test("where only some namespaces are looked at", () => {
      const namespaces = { a: { labels: { team: "x" } }, b: { labels: { team: "x" } } };
      const some = (...workloads: ReturnType<typeof fluxd>[]) => ({
        workloads,
        namespaces,
        spec: { namespaceSelector: { matchLabels: { team: "x" } } },
      });
      expect(messages(played(some(a), some(), some(b), some(), some(b)))).toEqual([
        "Found fluxd in a/flux.",
        "",
        "Found fluxd in b/flux.",
        "",
        "Found fluxd in b/flux.",
      ]);
    });

    test("where a status had no room for all toolkits, but for all of Flux 1", () => {
      const tenants = (...flux1: ReturnType<typeof fluxd>[]) => ({
        workloads: [...flux1, ...Array.from({ length: 180 }, (_, index) => toolkit("v2.9.4", { namespace: `tenant-${index}` })).flat()],
      });
      const first = assess(subject(tenants(a))).status;
      const previous = capped(first);
      expect(previous.inventory?.omittedComponents).toBeGreaterThan(0);
      expect(assess(subject({ ...tenants(a, b), previous })).changes.map(({ message }) => message)).toEqual(["Found fluxd in b/flux."]);
    });
  });

  test("what was told in lines that are gone is no news", () => {
    const workloads = [fluxd({ namespace: "a" }), fluxd({ namespace: "b" })];
    const flaps = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? { workloads, unreadable: [DENIED] } : { workloads }));
    const parts = played(
      { workloads: workloads.slice(0, 1) },
      { workloads },
      ...flaps,
      { unreadable: [{ ...DENIED, resource: "deployments.apps" }] },
      { workloads },
    );
    expect(reasons(parts).at(-1)).toBe("AccessRestored");
  });

  test("a migration whose Flux 1 went first ends when the toolkit has come", () => {
    expect(reasons(played({ workloads: [fluxd()] }, {}, {}, complete, complete))).toEqual([
      "Flux1Detected",
      "",
      "",
      "MigrationCompleted",
      "",
    ]);
  });

  test("what was last told of Flux 1 is not pushed out of the history", () => {
    const both = { workloads: [fluxd(), ...complete.workloads], crds: complete.crds };
    const flaps = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? { ...both, unreadable: [DENIED] } : both));
    const parts = played(both, ...flaps, { ...complete, unreadable: [DENIED] }, complete);
    expect(parts.at(-2)?.status.history).toHaveLength(10);
    expect(parts.at(-2)?.status.history?.at(-1)?.reason).toBe("Flux1Detected");
    expect(reasons(parts).at(-1)).toBe("MigrationCompleted,AccessRestored");
  });

  test("access that returns is told, whatever else stood meanwhile or stands still", () => {
    const problem = { reason: "TimetableInvalid", message: "x" } as const;
    const [denied, lost] = [
      { ...complete, unreadable: [DENIED] },
      { ...complete, unreadable: [{ ...DENIED, reason: "Unavailable" as const }] },
    ];
    expect(reasons(played(denied, { ...complete, problem }, complete))).toEqual(["AccessDenied", "AccessRestored", ""]);
    expect(reasons(played(denied, lost, complete))).toEqual(["AccessDenied", "", "AccessRestored"]);
    expect(reasons(played(denied, lost, denied, complete))).toEqual(["AccessDenied", "", "", "AccessRestored"]);
  });

  test("history keeps the last ten, the newest first", () => {
    const flip = Array.from({ length: 14 }, (_, index) =>
      index % 2 === 0 ? { workloads: [fluxd(), ...complete.workloads], crds: complete.crds } : complete,
    );
    const last = played(...flip).at(-1)?.status;
    expect(last?.history).toHaveLength(10);
    expect(last?.history?.[0]?.reason).toBe("MigrationCompleted");
  });

  test("a transition time moves only with the status of its condition", () => {
    const [first, second] = played({ workloads: [fluxd()] }, { workloads: [fluxd(), helmOperator()], now: "2026-11-24" });
    const time = (assessment: typeof first, type: string) =>
      assessment?.status.conditions?.find((condition) => condition.type === type)?.lastTransitionTime;
    expect(time(second, "Flux1Present")).toBe("2026-11-23T00:00:00Z");
    expect(time(first, "Flux1Present")).toBe("2026-11-23T00:00:00Z");
    expect(second?.status.conditions?.find((condition) => condition.type === "Flux1Present")?.reason).toBe("BothPresent");
  });
});

describe("deadlines", () => {
  test("the next instant is the nearest of rows, support ends, releases, ignores and staleness", () => {
    const next = (parts: ClusterParts) => assess(subject(parts)).next?.toISOString();
    expect(next({ now: "2022-06-01", edition: "2022-09-20" })).toBe(
      `${
        data.reference.releases.releases
          .map((release) => release.date)
          .filter((date) => date > "2022-06-01")
          .sort()[0]
      }T00:00:00.000Z`,
    );
    expect(next({ now: "2026-11-23" })).toBe("2026-12-05T00:00:00.000Z");
    expect(next({ now: "2026-11-23", spec: { ignore: [{ namespace: "a", reason: "b", until: "2026-11-30" }] } })).toBe(
      "2026-11-30T00:00:00.000Z",
    );
    expect(next({ now: "2027-01-01" })).toBeUndefined();
  });

  test("a support end that the data knows is ahead when the clock is set back", () => {
    const { status } = assess(subject({ workloads: toolkit("v2.6.4"), now: "2026-06-01" }));
    expect(status.deadlines).toContainEqual({
      kind: "SupportEnd",
      date: "2026-06-30",
      message: "Support of Flux 2.6 in flux-system ends.",
    });
    expect(status.summary?.support).toBe("Ending");
  });
});

describe("ignored workloads", () => {
  const spec = { ignore: [{ namespace: "flux", name: "flux", reason: "kept for the audit", until: "2026-12-01" }] };

  test("stay in the inventory, and outside all conditions, until their day", () => {
    const before = statusOf({ workloads: [fluxd()], spec, now: "2026-11-30T23:59:59.999Z" });
    expect(before.summary).toMatchObject({ fluxd: "None", migration: "NotInstalled", severity: "None" });
    expect(before.inventory.components?.[0]).toMatchObject({
      severity: "None",
      ignored: { reason: "kept for the audit", until: "2026-12-01" },
    });
    expect(statusOf({ workloads: [fluxd()], spec, now: "2026-12-01" }).summary).toMatchObject({ fluxd: "1.25.4", severity: "Critical" });
  });

  test("need not be understood either", () => {
    const broken = { resource: "deployments.apps", object: "flux/odd", verb: "parse", reason: "InvalidObject", message: "odd" } as const;
    const ready = (namespace: string) =>
      statusOf({ unreadable: [broken], spec: { ignore: [{ namespace, reason: "known" }] } }).conditions[0]?.status;
    expect([ready("flux"), ready("other")]).toEqual(["True", "False"]);
  });

  test("an entry without a name covers its namespace, and no other", () => {
    const whole = { ignore: [{ namespace: "flux", reason: "known" }] };
    expect(statusOf({ workloads: [fluxd(), helmOperator()], spec: whole }).summary.installs).toBe(0);
    expect(statusOf({ workloads: [fluxd({ namespace: "other" })], spec: whole }).summary.installs).toBe(1);
  });
});

describe("size", () => {
  test("5,000 installations leave a status that etcd takes, with a true remainder, the gravest kept", () => {
    const many = Array.from({ length: 5000 }, (_, index) => fluxd({ namespace: `team-${index}`, replicas: index === 4999 ? 1 : 0 }));
    const { status } = assess(subject({ workloads: many }));
    const shown = status.inventory?.components ?? [];
    expect(JSON.stringify(status).length).toBeLessThan(512 * 1024);
    expect((status.inventory?.instances?.length ?? 0) + (status.inventory?.omittedInstances ?? 0)).toBe(5000);
    expect(shown.length + (status.inventory?.omittedComponents ?? 0)).toBe(5000);
    expect(shown[0]?.namespace).toBe("team-4999");
    const again = assess(subject({ workloads: many, previous: status, now: "2026-11-24" }));
    expect(again.changes).toEqual([]);
    expect(again.status).toEqual(status);
  });

  test("5,000 workloads that cannot be understood leave room for what can, and are counted", () => {
    const unreadable = Array.from({ length: 5000 }, (_, index) => ({
      resource: "deployments.apps",
      object: `${"n".repeat(63)}/${index}${"d".repeat(200)}`,
      verb: "parse" as const,
      reason: "InvalidObject" as const,
      message: "x".repeat(300),
    }));
    const { inventory, ...status } = statusOf({ workloads: [fluxd()], unreadable });
    expect(JSON.stringify({ ...status, inventory }).length).toBeLessThan(512 * 1024);
    expect([inventory.components?.length, inventory.unreadable?.length, inventory.omittedUnreadable]).toEqual([1, 100, 4900]);
  });

  test("what was left out for size is not told as new when it comes back into sight", () => {
    const many = Array.from({ length: 1100 }, (_, index) => fluxd({ namespace: `team-${index}` }));
    expect(reasons(played({ workloads: many }, { workloads: many.slice(10) }))).toEqual(["Flux1Detected", ""]);
  });

  test("Flux 1 that appears in a cluster whose toolkits do not all fit is told", () => {
    const toolkits = Array.from({ length: 200 }, (_, index) => toolkit("v2.6.4", { namespace: `team-${index}` })).flat();
    const [before, after, later] = played({ workloads: toolkits }, { workloads: [...toolkits, fluxd()] }, { workloads: toolkits });
    expect(before?.status.inventory?.omittedComponents).toBeGreaterThan(0);
    expect(after?.changes.map(({ reason, message }) => `${reason}: ${message}`)).toEqual(["Flux1Detected: Found fluxd in flux/flux."]);
    expect(later?.changes.map(({ reason }) => reason)).not.toContain("Flux1Detected");
  });

  test("Flux 1 that is hidden for size is counted when it is told, and not told again", () => {
    const many = Array.from({ length: 1500 }, (_, index) => fluxd({ namespace: `team-${index}` }));
    const [first, second] = played({ workloads: many }, { workloads: many });
    expect(first?.changes.map(({ message }) => message)).toEqual([expect.stringMatching(/ and 1495 more\.$/)]);
    expect(second?.changes).toEqual([]);
  });

  test("a status that fits is left as it is", () => {
    const { status } = assess(subject({ workloads: [fluxd()] }));
    expect(capped(status)).toBe(status);
  });
});

test("a timetable that cannot be used is Stalled, and the rest is still judged", () => {
  const status = statusOf({
    workloads: [fluxd()],
    problem: { reason: "TimetableInvalid", message: 'MigrationTimetable/cluster: spec.edition "2021-07" is unknown' },
    now: "2026-11-23",
  });
  const by = (type: string) => status.conditions.find((condition) => condition.type === type);
  expect(by("Ready")).toMatchObject({ status: "False", reason: "TimetableInvalid" });
  expect(by("Stalled")).toMatchObject({ status: "True", reason: "TimetableInvalid" });
  expect(by("Flux1Present")?.status).toBe("True");
});

test("equal subjects give equal statuses", () => {
  const parts = {
    workloads: [fluxd(), helmOperator(), ...toolkit("v2.6.4")],
    crds: [...toolkitCrds("v2.6.4"), crd("helmreleases.helm.fluxcd.io")],
  };
  expect(statusOf(parts)).toEqual(statusOf({ ...parts, workloads: parts.workloads.toReversed(), crds: parts.crds.toReversed() }));
  expect(day("2026-01-01").toISOString()).toBe("2026-01-01T00:00:00.000Z");
});
