/** The judge of audit logs, by logs that are forged: it must tell two writers from one. */
import { describe, expect, test } from "@jest/globals";
import type { AuditEvent } from "../../control-plane/audit.ts";
import { judgeWriters } from "../../faults/one-writer.ts";

const MORNING = Date.parse("2026-11-23T08:00:00Z");
/** Of the wall clock; revisions say the order. */
const at = (revision: number) => new Date(MORNING + revision * 1_000);

const GROUP = "flux-migration.dev";

function event(revision: number, more: Partial<AuditEvent>): AuditEvent {
  return {
    id: String(revision),
    stage: "ResponseComplete",
    user: "system:serviceaccount:flux-migration:flux-migration-operator",
    pod: undefined,
    verb: "update",
    uri: "/",
    group: "",
    resource: "",
    subresource: "",
    namespace: "",
    name: "",
    code: 200,
    userAgent: "flux-migration-operator/0.1.0",
    sent: undefined,
    answered: { metadata: { resourceVersion: String(revision) } },
    receivedAt: at(revision),
    at: at(revision),
    ...more,
  };
}

/** The Lease as a replica wrote it; holder "" releases it. */
function lease(revision: number, pod: string | undefined, holder = pod ?? "", skewMs = 0): AuditEvent {
  const renewTime = new Date(at(revision).getTime() + skewMs).toISOString();
  const answered = { metadata: { resourceVersion: String(revision) }, spec: { holderIdentity: holder, renewTime } };
  return event(revision, {
    pod,
    group: "coordination.k8s.io",
    resource: "leases",
    namespace: "flux-migration",
    name: "flux-migration-operator",
    answered,
  });
}

/** A status that was judged from a version; undefined: it says none. */
function status(revision: number, pod: string, from?: number, more: Partial<AuditEvent> = {}): AuditEvent {
  const sent = { metadata: from === undefined ? {} : { resourceVersion: String(from) } };
  return event(revision, {
    pod,
    verb: "patch",
    group: GROUP,
    resource: "migrationstatuses",
    subresource: "status",
    name: "cluster",
    sent,
    ...more,
  });
}

/** a leads and writes, releases, b leads and writes. */
const honest = [lease(1, "a"), status(2, "a", 1), lease(3, "a"), status(4, "a", 2), lease(5, "a", ""), lease(6, "b"), status(7, "b", 4)];

describe("replicas that write one after the other", () => {
  test("pass, and are counted", () => {
    const { terms, ...rest } = judgeWriters(honest);
    expect(terms).toEqual([
      { pod: "a", began: at(1), ended: at(5), wrote: at(2), statusWrites: 2 },
      { pod: "b", began: at(6), ended: undefined, wrote: at(7), statusWrites: 1 },
    ]);
    expect(rest).toMatchObject({ leaseWrites: 4, statusWrites: 3, refused: 0, late: [], broken: [] });
  });

  test("pass in whatever order their events were logged: revisions say which write was first", () => {
    expect(judgeWriters(honest.toReversed())).toEqual(judgeWriters(honest));
  });

  test("may lead again", () => {
    expect(judgeWriters([...honest, lease(8, "a"), status(9, "a", 7)]).broken).toEqual([]);
  });

  test("may be refused: that is the fence", () => {
    const refused = status(0, "a", 4, { code: 409, answered: { code: 409 } });
    expect(judgeWriters([...honest, refused])).toMatchObject({ refused: 1, statusWrites: 3, broken: [] });
  });

  test("may write beside a person, who writes no status", () => {
    const annotated = event(8, { user: "admin", verb: "patch", group: GROUP, resource: "migrationstatuses", name: "cluster" });
    expect(judgeWriters([...honest, annotated, status(9, "b", 8)])).toMatchObject({ statusWrites: 4, broken: [] });
  });

  test("may see a person's label on the Lease, and another Lease: neither ends a term", () => {
    const label = lease(3, undefined, "a");
    const other = { ...lease(4, undefined, "apiserver"), namespace: "kube-system", name: "apiserver" };
    expect(judgeWriters([lease(1, "a"), status(2, "a", 1), label, other, status(5, "a", 2)])).toMatchObject({ late: [], broken: [] });
  });

  test("may lose the Lease to a third, who writes nothing", () => {
    const third = lease(3, undefined, "somebody");
    expect(judgeWriters([lease(1, "a"), status(2, "a", 1), third, lease(4, "a"), status(5, "a", 2)])).toMatchObject({
      late: [],
      broken: [],
    });
    expect(judgeWriters([lease(1, "a"), third, status(4, "a", 1)]).late).toHaveLength(1);
  });

  test("may be late, before the next one has written: no Lease prevents that, and it is told", () => {
    expect(judgeWriters([lease(1, "a"), status(2, "a", 1), lease(3, "b"), status(4, "a", 2), status(5, "b", 4)])).toMatchObject({
      late: [{ what: "2026-11-23T08:00:04.000Z a: patch migrationstatuses/status cluster", afterMs: 1_000 }],
      broken: [],
    });
  });

  test("may send what changes nothing: the server then answers with the version that stands", () => {
    const same = status(7, "a", 7, { at: at(20) });
    expect(judgeWriters([...honest, same])).toMatchObject({ statusWrites: 3, broken: [] });
  });
});

describe("caught is", () => {
  test.each([
    {
      what: "one that writes after another has taken over and written",
      events: [...honest, status(8, "a", 7)],
      why: "08.000Z a: patch migrationstatuses/status cluster: b has taken the Lease since, and written",
    },
    {
      what: "one that goes on after a pause, though the other one has ended meanwhile",
      events: [...honest, lease(8, "b", ""), status(9, "a", 7)],
      why: "b has taken the Lease since, and written",
    },
    {
      what: "one that never held the Lease",
      events: [...honest, status(8, "c", 7)],
      why: "c: patch migrationstatuses/status cluster: it never held",
    },
    {
      what: "one that writes before it holds the Lease",
      events: [lease(1, "a"), status(2, "b", 1), lease(3, "b")],
      why: "it never held the Lease",
    },
    { what: "a write without a resourceVersion", events: [...honest, status(8, "b")], why: "carries no resourceVersion" },
    {
      what: "a refused one without a resourceVersion",
      events: [...honest, status(0, "b", undefined, { code: 422, answered: {} })],
      why: "carries no resourceVersion",
    },
    { what: "a write over what it has not seen", events: [...honest, status(8, "b", 4)], why: "judged from 4, though 7 stood there" },
  ])("$what", ({ events, why }) => {
    expect(judgeWriters(events).broken).toEqual([expect.stringContaining(why)]);
  });

  test("a log without the bodies that are needed, rather than passed", () => {
    expect(() => judgeWriters([{ ...lease(1, "a"), answered: undefined }])).toThrow();
  });
});

test("a clock that is wrong shows in the Lease", () => {
  const { skewsMs } = judgeWriters([lease(1, "a", "a", 3_600_000), lease(2, "a", ""), lease(3, "b", "b", -20)]);
  expect([...skewsMs]).toEqual([
    ["a", 3_600_000],
    ["b", -20],
  ]);
});
