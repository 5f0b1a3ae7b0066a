import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { span } from "../../../src/check/ago.ts";
import type { Asked } from "../../../src/check/ask.ts";
import { compareSchemas } from "../../../src/check/crd-schema.ts";
import type { Finding } from "../../../src/check/finding.ts";
import { Crd, judgeCrd } from "../../../src/check/judge-crds.ts";
import { judgeData } from "../../../src/check/judge-data.ts";
import { type Deployment, judgeDeployments, judgeLease, Lease } from "../../../src/check/judge-operator.ts";
import { judgeServer } from "../../../src/check/judge-server.ts";
import { judgeStatus, Kept } from "../../../src/check/judge-status.ts";
import { type AnsweredRight, judgeRights, wantedRights } from "../../../src/check/rights.ts";
import { BUILT_IN } from "../../../src/data/built-in.ts";
import { builtInData, DEFAULT_EDITION } from "../../../src/data/built-in-data.ts";
import { UnreadableData } from "../../../src/data/unreadable-data.ts";
import { LEASE_PERMISSIONS, PERMISSIONS } from "../../../src/operator/permissions.ts";
import { addDays } from "../../../src/timetable/day.ts";

const lines = (findings: readonly Finding[]) => findings.map(({ level, at, found }) => `${level} ${at}: ${found}`);
const found = <T>(value: T): Asked<T> => ({ at: "Found", value });

describe("rights", () => {
  const count = (permissions: typeof PERMISSIONS) =>
    permissions.reduce(
      (sum, { resources, verbs, resourceNames }) => sum + resources.length * verbs.length * (resourceNames?.length ?? 1),
      0,
    );
  const lease = { name: "mine", namespace: "ours", wanted: true, role: "prod" };
  const answered = (allowed: (right: AnsweredRight) => Asked<boolean>): AnsweredRight[] =>
    wantedRights([lease]).map((right) => ({ ...right, allowed: allowed({ ...right, allowed: found(true) }) }));

  test("are all that the operator has, one question each", () => {
    expect(wantedRights([])).toHaveLength(count(PERMISSIONS));
    expect(wantedRights([lease])).toHaveLength(count(PERMISSIONS) + count(LEASE_PERMISSIONS));
    expect(wantedRights([])).toContainEqual(
      expect.objectContaining({ verb: "patch", group: "flux-migration.dev", resource: "migrationstatuses", subresource: "status" }),
    );
    expect(wantedRights([])).toContainEqual(expect.objectContaining({ verb: "get", resource: "namespaces", name: "kube-system" }));
  });

  test("to the Lease go by the name and namespace that it has", () => {
    const rights = wantedRights([lease]).filter(({ resource }) => resource === "leases");
    expect(rights.map(({ verb, name = "any", namespace }) => `${verb} ${name} ${namespace}`)).toEqual(
      expect.arrayContaining(["create any ours", "get mine ours", "update mine ours"]),
    );
  });

  test("that are there are one line; each that is missing names verbs, object and purpose", () => {
    expect(
      lines(
        judgeRights(
          answered(() => found(true)),
          { account: "me", pre: false },
        ),
      ),
    ).toEqual([expect.stringMatching(/^Good rights: (\d+) of \1 granted to me$/)]);
    const some = judgeRights(
      answered(({ resource }) => found(resource !== "leases" && resource !== "migrationstatuses")),
      { pre: false },
    );
    expect(lines(some)).toEqual([
      expect.stringMatching(/^Good rights: \d+ of \d+ granted to this account$/),
      expect.stringMatching(
        /^Failed right to list, watch, create migrationstatuses\.flux-migration\.dev: not granted to this account; it is for: /,
      ),
      expect.stringMatching(/^Failed right to patch migrationstatuses\.flux-migration\.dev\/status: /),
      expect.stringMatching(/^Failed right to create leases\.coordination\.k8s\.io in ours: /),
      expect.stringMatching(/^Failed right to [a-z, ]+ leases\.coordination\.k8s\.io mine in ours: /),
    ]);
    expect(some.at(-1)?.next).toContain("Role prod in ours");
  });

  test("that could not be asked for are counted, and are no missing ones", () => {
    const why = "POST ...: 500 InternalError";
    const findings = judgeRights(
      answered(({ resource }) => (resource === "leases" ? { at: "Unread", why } : found(true))),
      { account: "me", pre: false },
    );
    expect(findings.map(({ level }) => level)).toEqual(["Good", "Unread"]);
    expect(findings[1]?.found).toContain(why);
  });
});

describe("schemas", () => {
  const field = (schema: object) => ({ type: "object", properties: { spec: { type: "object", properties: { mode: schema } } } });
  const base = { type: "string", enum: ["A", "B"] };

  test.each([
    ["Same", { enum: ["B", "A"], type: "string", description: "other words" }, []],
    ["Older", { type: "string", enum: ["A"] }, ["spec.mode enum"]],
    ["Newer", { ...base, maxLength: 3 }, ["spec.mode maxLength"]],
    ["Different", { type: "string", enum: ["A", "C"] }, ["spec.mode enum", "spec.mode enum"]],
  ])("are %s where they say %j", (at, schema, places) => {
    const comparison = compareSchemas(field(schema), field(base));
    expect(comparison.at).toBe(at);
    expect("facts" in comparison ? comparison.facts.map(({ place, keyword }) => `${place} ${keyword}`) : []).toEqual(places);
  });

  test("name fields in lists and maps, and know a field that is called like a keyword", () => {
    const deep = (leaf: object) => ({
      properties: { description: { type: "array", items: { properties: { labels: { type: "object", additionalProperties: leaf } } } } },
    });
    expect(compareSchemas(deep({ type: "string" }), deep({ type: "integer" }))).toMatchObject({
      at: "Different",
      facts: [{ place: "description[].labels.*" }, { place: "description[].labels.*" }],
    });
  });

  test("of no form are other schemas", () => {
    expect(compareSchemas(undefined, field(base)).at).toBe("Older");
    expect(compareSchemas({ type: undefined }, {}).at).toBe("Same");
  });
});

describe("a CRD", () => {
  const ours = Crd.parse(loadAll(BUILT_IN.get("crds/crds.yaml") ?? "")[0]);
  const established = { conditions: [{ type: "Established", status: "True" }], storedVersions: ["v1alpha1"] };
  const judged = (crd: object) =>
    judgeCrd(found(Crd.parse({ ...ours, status: established, ...crd })), { crd: ours, file: "crds/crds.yaml", programVersion: "0.1.0" });
  const at = "CRD migrationstatuses.flux-migration.dev";

  test("as we bring it is good", () => {
    expect(lines(judged({}))).toEqual([`Good ${at}: v1alpha1 is established, served and stored, and its schema is that of 0.1.0`]);
  });

  test.each<[string, readonly object[] | undefined, RegExp]>([
    [
      "no rules at all is of the form for old servers",
      undefined,
      /^Warning .*: has the form for Kubernetes below 1\.25, without the rules/,
    ],
    ["fewer rules than ours is older", [{ rule: "a" }], /^Failed .*: its schema is older than that of 0\.1\.0, by its root: /],
  ])("with %s", (_what, rules, said) => {
    const ruled = (validations: readonly object[] | undefined) => {
      const openAPIV3Schema = { type: "object", ...(validations === undefined ? {} : { "x-kubernetes-validations": validations }) };
      const versions = [{ ...ours.spec.versions[0], schema: { openAPIV3Schema } }];
      return Crd.parse({ ...ours, status: established, spec: { versions } });
    };
    const wanted = { crd: ruled([{ rule: "a" }, { rule: "b" }]), file: "crds/crds.yaml", programVersion: "0.1.0" };
    expect(lines(judgeCrd(found(ruled(rules)), wanted))).toEqual([expect.stringMatching(said)]);
  });

  test.each([
    ["without a condition", { status: {} }, "is not established yet", "run this check again"],
    [
      "whose names another has",
      { status: { conditions: [{ type: "NamesAccepted", status: "False", message: '"migstat" is taken' }] } },
      'is not established: "migstat" is taken',
      "remove the CRD",
    ],
    [
      "that is being deleted",
      { metadata: { ...ours.metadata, deletionTimestamp: "2026-11-23T08:00:00Z" } },
      "is being deleted, with all its objects",
      "wait until it is gone",
    ],
    [
      "that stores another version",
      {
        spec: {
          versions: [
            { ...ours.spec.versions[0], storage: false },
            { ...ours.spec.versions[0], name: "v1" },
          ],
        },
      },
      "has the versions v1alpha1, v1 (stored); want v1alpha1, served and stored",
      "kubectl apply -f https://github.com/flux-migration/flux-migration-operator/releases/download/v0.1.0/crds.yaml",
    ],
    [
      "that serves another version",
      {
        spec: {
          versions: [
            { ...ours.spec.versions[0], name: "v1", storage: false },
            { ...ours.spec.versions[0], served: false },
          ],
        },
      },
      "has the versions v1, v1alpha1 (not served) (stored); want v1alpha1, served and stored",
      "kubectl apply -f https://github.com/flux-migration/flux-migration-operator/releases/download/v0.1.0/crds.yaml",
    ],
  ])("%s failed", (_what, crd, said, next) => {
    const findings = judged(crd);
    expect(lines(findings)).toEqual([`Failed ${at}: ${said}`]);
    expect(findings[0]?.next).toContain(next);
  });

  test("that could not be read is unread, not absent", () => {
    const wanted = { crd: ours, file: "crds/crds.yaml", programVersion: "0.1.0" };
    expect(lines(judgeCrd({ at: "Forbidden", why: "403", serverMessage: "" }, wanted))).toEqual([`Unread ${at}: 403`]);
    expect(lines(judgeCrd({ at: "Absent" }, wanted))).toEqual([`Failed ${at}: is not installed`]);
  });
});

describe("a status", () => {
  const ready = { type: "Ready", status: "True", reason: "Assessed", message: "All was read.", lastTransitionTime: "2026-11-23T08:00:00Z" };
  const status = { observedGeneration: 1, operator: { version: "0.1.0" }, conditions: [ready] };
  const object = { metadata: { name: "cluster", generation: 1 }, spec: {}, status };
  const judged = (over: object) =>
    judgeStatus(found(Kept.parse({ ...object, ...over })), { programVersion: "0.1.0" }, new Date("2026-11-23T12:00:00Z"));
  const GOOD = [
    "Good MigrationStatus/cluster: Ready is True (Assessed): All was read.",
    "Good MigrationStatus/cluster: was written by 0.1.0, the version of this program",
  ];

  test("that says all is well is two good lines", () => {
    expect(lines(judged({}))).toEqual(GOOD);
  });

  test("says how long ago the operator wrote it last, where the server keeps that", () => {
    const entry = (manager: string, time: string, subresource = "status") => ({ manager, time, operation: "Apply", subresource });
    const managedFields = [
      entry("flux-migration-operator", "2026-11-23T09:00:00Z"),
      entry("flux-migration-operator", "2026-11-23T08:00:00Z"),
      entry("flux-migration-operator", "2026-11-23T11:00:00Z", ""),
      entry("kubectl", "2026-11-23T11:30:00Z"),
      { manager: "flux-migration-operator", subresource: "status" },
    ];
    const written = (fields: object[]) => lines(judged({ metadata: { ...object.metadata, managedFields: fields } })).at(-1);
    expect(written(managedFields)).toBe(`${GOOD[1]}; last written 3 h ago`);
    expect(written(managedFields.slice(2))).toBe(GOOD[1]);
    expect(written([entry("flux-migration-operator", "2026-11-23T12:00:02Z")])).toBe(`${GOOD[1]}; last written 0 s ago`);
  });

  test.each([
    ["that has ended", { ignore: [{ namespace: "old", reason: "known", until: "2021-01-01" }] }, {}],
    ["where the inventory is not whole", { ignore: [{ namespace: "old", reason: "known" }] }, { omittedComponents: 3 }],
  ])("an ignore %s is no finding", (_, spec, more) => {
    const inventory = { components: [{ namespace: "flux", workload: { name: "flux" } }], ...more };
    expect(lines(judged({ spec, status: { ...status, inventory } })).filter((line) => line.includes("spec.ignore"))).toEqual([]);
  });

  test.each([
    [
      "suspended",
      { spec: { suspend: true }, metadata: { name: "cluster", generation: 2 } },
      ["Warning", "spec.suspend is true: nothing is written"],
    ],
    [
      "with a misspelt ignore",
      {
        spec: {
          ignore: [
            { namespace: "flux", reason: "known" },
            { namespace: "flux", name: "fluxx", reason: "known" },
          ],
        },
        status: { ...status, inventory: { components: [{ namespace: "flux", workload: { name: "flux" } }] } },
      },
      ["Warning", "spec.ignore[1] (flux/fluxx) sets nothing aside: no component has this name"],
    ],
    ["never written", { status: null }, ["Failed", "has no status yet"]],
    ["behind its spec", { metadata: { name: "cluster", generation: 3 } }, ["Failed", "answers generation 1 of its spec, which is at 3"]],
    ["without Ready", { status: { ...status, conditions: [] } }, ["Failed", "Ready is missing"]],
    [
      "stalled",
      { status: { ...status, conditions: [ready, { ...ready, type: "Stalled", reason: "TimetableInvalid", message: "no such edition" }] } },
      ["Failed", "Stalled (TimetableInvalid): no such edition"],
    ],
    [
      "with stale data",
      { status: { ...status, conditions: [ready, { ...ready, type: "DataStale", reason: "Old", message: "121 days" }] } },
      ["Warning", "DataStale: 121 days"],
    ],
    ["by nobody", { status: { ...status, operator: undefined } }, ["Failed", "does not say which operator wrote it"]],
    [
      "by a version of no form",
      { status: { ...status, operator: { version: "main" } } },
      ["Warning", "was last written by main; this program is 0.1.0"],
    ],
  ])("%s is told so", (_what, over, [level, said]) => {
    expect(lines(judged(over)).filter((line) => !GOOD.includes(line))).toEqual([`${level} MigrationStatus/cluster: ${said}`]);
  });
});

describe("the operator", () => {
  const deployment = (replicas: number, readyReplicas: number, place = "flux-migration/flux-migration-operator"): Deployment => ({
    metadata: { name: place.replace(/.*\//, ""), namespace: place.replace(/\/.*/, "") },
    spec: { replicas },
    status: { readyReplicas },
  });

  test.each([
    [[deployment(2, 2)], ["Good Deployment flux-migration/flux-migration-operator: 2 of 2 replicas are ready"]],
    [[deployment(2, 1)], ["Warning Deployment flux-migration/flux-migration-operator: 1 of 2 replicas are ready"]],
    [[deployment(0, 0)], ["Failed Deployment flux-migration/flux-migration-operator: is scaled to 0"]],
    [
      [deployment(1, 1), deployment(1, 0, "flux-migration/second")],
      [
        "Warning Deployment of the operator: there are several: flux-migration/flux-migration-operator, flux-migration/second",
        "Good Deployment flux-migration/flux-migration-operator: 1 of 1 replicas are ready",
        "Failed Deployment flux-migration/second: 0 of 1 replicas are ready",
      ],
    ],
  ])("is ready when its replicas are: %j", (deployments, wanted) => {
    expect(lines(judgeDeployments(found(deployments)))).toEqual(wanted);
  });

  test("may not be looked at, and that is no failure", () => {
    expect(judgeDeployments({ at: "Forbidden", why: "403", serverMessage: "" })).toMatchObject([{ level: "Skipped" }]);
    expect(judgeDeployments({ at: "Unread", why: "500" })).toMatchObject([{ level: "Unread" }]);
  });

  const place = { namespace: "flux-migration", name: "flux-migration-operator" };
  const now = new Date("2026-11-23T08:10:00Z");
  const leased = (renewTime: string | null, holderIdentity: string | null = "pod-1") =>
    found(Lease.parse({ spec: { holderIdentity, leaseDurationSeconds: 15, acquireTime: "2026-11-23T08:00:00.000000Z", renewTime } }));

  test.each<[string, Asked<Lease>, boolean, string]>([
    ["renewed", leased("2026-11-23T08:09:57.000000Z"), true, "Good pod-1 leads since 2026-11-23T08:00:00Z, renewed 3 s ago"],
    [
      "renewed as late as clocks allow",
      leased("2026-11-23T08:09:40.000000Z"),
      true,
      "Good pod-1 leads since 2026-11-23T08:00:00Z, renewed 20 s ago",
    ],
    ["not renewed", leased("2026-11-23T08:09:39.000000Z"), true, "Failed pod-1 leads no more: it renewed 21 s ago, and was to within 15 s"],
    [
      "not renewed since leader election is off",
      leased("2026-11-23T07:00:00.000000Z"),
      false,
      "Warning pod-1 leads no more: it renewed 70 min ago, and was to within 15 s",
    ],
    [
      "renewed ahead of our clock",
      leased("2026-11-23T08:11:00.000000Z"),
      true,
      "Warning pod-1 leads since 2026-11-23T08:00:00Z, and renewed it 60 s ahead of this machine's clock",
    ],
    ["given back", leased("2026-11-23T08:09:57.000000Z", ""), true, "Failed nobody holds it"],
    ["absent with leader election", { at: "Absent" }, true, "Failed is not there: no replica has led yet"],
    ["absent without", { at: "Absent" }, false, "Skipped is not there: one replica runs without leader election"],
    ["forbidden with leader election", { at: "Forbidden", why: "403", serverMessage: "" }, true, "Unread 403"],
    ["forbidden without", { at: "Forbidden", why: "403", serverMessage: "" }, false, "Skipped may not be looked at: 403"],
    ["unreadable", { at: "Unread", why: "500" }, false, "Unread 500"],
  ])("with a Lease %s", (_what, asked, wanted, said) => {
    const { level, at, found: text } = judgeLease(asked, { ...place, wanted }, now);
    expect([at, `${level} ${text}`]).toEqual(["Lease flux-migration/flux-migration-operator", said]);
  });
});

describe("the API server", () => {
  const version = (minor: number) => ({ at: "Found", value: { gitVersion: `v1.${minor}.2`, major: 1, minor } }) as const;

  test("must run Kubernetes 1.20 at least, and answer", () => {
    expect(judgeServer(version(20), "https://x/")).toMatchObject({
      level: "Good",
      found: "answers, Kubernetes v1.20.2; want 1.20 or later",
    });
    expect(judgeServer(version(19), "https://x/")).toMatchObject({ level: "Failed", at: "https://x/", next: "upgrade Kubernetes first" });
    expect(judgeServer({ at: "Unreadable", why: "ECONNREFUSED" }, "https://x/")).toMatchObject({ level: "Unread", found: "ECONNREFUSED" });
  });
});

describe("the data", () => {
  const data = builtInData();
  const { asOf } = data.reference.releases;
  const on = (days: number) => new Date(`${addDays(asOf, days)}T12:00:00Z`);

  test("are good for 120 days, and say how old they are", async () => {
    expect(lines(await judgeData(async () => data, DEFAULT_EDITION, on(119)))).toEqual([
      "Good timetable: edition 2022-09-20, of 2021-03-24, 2021-06-28, 2021-06-30, 2022-09-20",
      expect.stringMatching(
        new RegExp(
          `^Good release data: \\d+ releases up to Flux 2\\.\\d+, complete as of ${asOf}, 119 days ago; stale from ${addDays(asOf, 120)}$`,
        ),
      ),
    ]);
    const [, aged] = await judgeData(async () => data, DEFAULT_EDITION, on(120));
    expect(aged).toMatchObject({ level: "Warning", found: expect.stringContaining(`stale since ${addDays(asOf, 120)}`) });
  });

  test("name the editions where the one that is wanted is none", async () => {
    expect(lines(await judgeData(async () => data, "2021-07", on(0)))[0]).toBe(
      'Failed timetable: edition "2021-07" is unknown; known: 2021-03-24, 2021-06-28, 2021-06-30, 2022-09-20',
    );
  });

  test("that are wrong are a finding a line; a fault of ours is none", async () => {
    const wrong = async () => {
      throw new UnreadableData("a.yaml:3: one\nb.yaml:4: two");
    };
    expect(lines(await judgeData(wrong, DEFAULT_EDITION, on(0)))).toEqual([
      "Failed data files: a.yaml:3: one",
      "Failed data files: b.yaml:4: two",
    ]);
    const fault = async () => {
      throw new TypeError("ours");
    };
    await expect(judgeData(fault, DEFAULT_EDITION, on(0))).rejects.toThrow("ours");
  });
});

test.each([
  [900, "1 s"],
  [119_000, "119 s"],
  [120_000, "2 min"],
  [7_199_000, "119 min"],
  [7_200_000, "2 h"],
  [3 * 86_400_000, "3 days"],
])("%i ms are %s", (milliseconds, words) => {
  expect(span(milliseconds)).toBe(words);
});
