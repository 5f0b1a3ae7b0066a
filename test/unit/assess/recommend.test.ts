/** The table of actions, as it reads under each edition; and what state and management put on top. */
import { describe, expect, test } from "@jest/globals";
import { assess } from "../../../src/assess/assess.ts";
import { withDates } from "../../../src/timetable/fill-dates.ts";
import { deployment } from "../detect/workload-builder.ts";
import { type ClusterParts, crd, data, fluxd, helmOperator, statusOf, subject, toolkit, toolkitCrds } from "./subject-builder.ts";

const readOnly = fluxd({ readOnly: true });
const noAutomation = fluxd({ args: ["--git-url=git@example.com:a/b", "--registry-disable-scanning"] });
const automating = fluxd();

/** `phase: action severity` for one workload alone in the cluster. */
function asked(workload: ReturnType<typeof fluxd>, edition: string, now: string): string {
  const { summary } = statusOf({ workloads: [workload], edition, now });
  return `${summary.phase}: ${summary.action} ${summary.severity}`;
}

describe("what each phase asks, by what Flux 1 is used for", () => {
  // The heart of the timetable: in row 2 a read-only user could move, a user of image automation could only test until row 3.
  const days = {
    before: "2020-10-05T23:59:59.999Z",
    row1: "2020-10-06",
    row2: "2021-02-18",
    row3: "2021-06-30",
    row4: "2022-05-01",
    row5: "2022-11-01",
  };
  const inRow = (edition: string, workload: ReturnType<typeof fluxd>) => Object.values(days).map((now) => asked(workload, edition, now));

  test("last edition, read-only", () => {
    const asks = [
      "NotAnnounced: NoAction None",
      "Maintenance: TestMigration Info",
      "PartialMigration: Migrate Warning",
      "Superseded: Migrate Warning",
      "MigrationAndSecuritySupport: MigrateNow Warning",
      "Archived: MigrateNow Critical",
    ];
    expect(inRow("2022-09-20", readOnly)).toEqual(asks);
    expect(inRow("2022-09-20", noAutomation)).toEqual(asks);
    expect(inRow("2022-09-20", helmOperator())).toEqual(asks);
  });

  test("last edition, image automation", () => {
    expect(inRow("2022-09-20", automating)).toEqual([
      "NotAnnounced: NoAction None",
      "Maintenance: TestMigration Info",
      "PartialMigration: TestImageAutomation Info",
      "Superseded: Migrate Warning",
      "MigrationAndSecuritySupport: MigrateNow Warning",
      "Archived: MigrateNow Critical",
    ]);
  });

  test.each([
    ["2021-03-24", "PartialMigration: Migrate Warning", "PartialMigration: TestImageAutomation Info"],
    ["2021-06-28", "Superseded: Migrate Warning", "Superseded: Migrate Warning"],
    ["2021-06-30", "Superseded: Migrate Warning", "Superseded: Migrate Warning"],
    ["2022-09-20", "Archived: MigrateNow Critical", "Archived: MigrateNow Critical"],
  ])("edition %s today: TBD rows never come by themselves", (edition, forReadOnly, forAutomating) => {
    expect(asked(readOnly, edition, "2026-11-23")).toBe(forReadOnly);
    expect(asked(automating, edition, "2026-11-23")).toBe(forAutomating);
  });

  test.each([
    ["2021-06-28", "2021-06-28T23:59:59.999Z", "PartialMigration"],
    ["2021-06-28", "2021-06-29", "Superseded"],
    ["2021-06-30", "2021-06-29", "PartialMigration"],
    ["2021-06-30", "2021-06-30", "Superseded"],
  ])("edition %s at %s: %s", (edition, now, phase) => {
    expect(asked(automating, edition, now)).toMatch(new RegExp(`^${phase}: `));
  });

  test("the administrator's date fills a TBD row in", () => {
    const edition = data.editions.get("2021-06-28");
    if (!edition) throw new Error("the reference edition is missing");
    const filled = withDates(edition, { 4: "2022-05-01" });
    if (!filled.ok) throw new Error(filled.problems.join());
    const { status } = assess({ ...subject({ workloads: [readOnly], now: "2022-05-01" }), edition: filled.edition });
    expect(status.summary).toMatchObject({
      phase: "MigrationAndSecuritySupport",
      action: "MigrateNow",
      severity: "Warning",
      nextDate: "TBD",
    });
  });

  test("a row ahead is the next date, an announced one without a date is TBD", () => {
    expect(statusOf({ edition: "2022-09-20", now: "2022-06-01" }).summary.nextDate).toBe("2022-11-01");
    expect(statusOf({ edition: "2021-06-28", now: "2022-06-01" }).summary.nextDate).toBe("TBD");
    expect(statusOf({ edition: "2022-09-20", now: "2026-01-01" }).summary.nextDate).toBe("None");
  });

  test("the sentence fits the use", () => {
    const sentence = (workload: ReturnType<typeof fluxd>, now: string) =>
      statusOf({ workloads: [workload], now }).inventory.components?.[0]?.action.message;
    expect(sentence(readOnly, "2021-03-01")).toBe(
      "Flux 1 is in partial migration since 2021-02-18. Move flux/flux to Flux 2; it is read-only, so a GitRepository and a Kustomization replace it.",
    );
    expect(sentence(automating, "2021-03-01")).toBe(
      "Flux 1 is in partial migration since 2021-02-18. flux/flux writes image updates to Git, which Flux 2 offers for tests only: try its image automation outside production, and wait with the move.",
    );
    expect(sentence(helmOperator(), "2021-07-01")).toBe(
      "The Helm Operator is frozen since 2021-06-30: at most CVEs are fixed. Move flux/helm-operator to Flux 2; each HelmRelease gets a successor in helm.toolkit.fluxcd.io.",
    );
  });

  test("no fix of the Helm Operator is promised that its edition rules out", () => {
    const edition = data.editions.get("2021-03-24");
    const filled = edition && withDates(edition, { 3: "2021-07-01" });
    if (!filled?.ok) throw new Error("row 3 of the first edition takes no date");
    expect(filled.edition.rows[2]?.Flux1.statements.at(-1)?.text).toMatch("gets no further updates");
    const { status } = assess({ ...subject({ workloads: [helmOperator()], now: "2021-07-01" }), edition: filled.edition });
    const message = status.inventory?.components?.[0]?.action.message;
    expect(message).toMatch(/^The Helm Operator is frozen since 2021-07-01: at most CVEs are fixed\. /);
  });
});

describe("state comes on top of the phase", () => {
  const action = (parts: ClusterParts) => {
    const { summary } = statusOf(parts);
    return `${summary.migration} ${summary.progress} ${summary.action} ${summary.severity}`;
  };
  const v29 = { crds: toolkitCrds("v2.9.4") };
  const stopped = fluxd({ replicas: 0 });

  test.each<[string, ClusterParts, string]>([
    ["nothing at all", {}, "NotInstalled 5/5 NoAction None"],
    ["Flux 1 alone", { workloads: [automating] }, "NotStarted 0/5 MigrateNow Critical"],
    ["toolkit added", { workloads: [automating, ...toolkit("v2.9.4")], ...v29 }, "InProgress 1/5 FinishMigration Critical"],
    [
      "in Maintenance a second system is still a warning",
      { workloads: [automating, ...toolkit("v2.9.4")], now: "2020-11-01" },
      "InProgress 1/5 FinishMigration Warning",
    ],
    [
      "fluxd scaled to 0",
      { workloads: [stopped, helmOperator(), ...toolkit("v2.9.4")], ...v29 },
      "InProgress 2/5 FinishMigration Critical",
    ],
    [
      "both scaled to 0",
      { workloads: [stopped, helmOperator({ replicas: 0 }), ...toolkit("v2.9.4")], ...v29 },
      "InProgress 2/5 RemoveWorkload Warning",
    ],
    [
      "fluxd gone, Helm Operator stopped",
      { workloads: [helmOperator({ replicas: 0 }), ...toolkit("v2.9.4")], ...v29 },
      "InProgress 3/5 RemoveWorkload Warning",
    ],
    [
      "both gone, a CRD left",
      { workloads: toolkit("v2.9.4"), crds: [...v29.crds, crd("helmreleases.helm.fluxcd.io")] },
      "LeftoversRemain 4/5 RemoveLeftovers Info",
    ],
    ["all gone", { workloads: toolkit("v2.9.4"), ...v29 }, "Complete 5/5 NoAction None"],
    [
      "a toolkit scaled to 0 is not installed yet",
      { workloads: [automating, ...toolkit("v2.9.4", { replicas: 0 })], ...v29 },
      "InProgress 0/5 MigrateNow Critical",
    ],
    ["stopped fluxd, no toolkit", { workloads: [stopped] }, "NotStarted 0/5 RemoveWorkload Warning"],
  ])("%s", (_, parts, expected) => {
    expect(action(parts)).toBe(expected);
  });

  test("nothing installed: waiting for completion does not hang", () => {
    expect(statusOf({}).conditions.find((condition) => condition.type === "MigrationComplete")).toMatchObject({
      status: "True",
      reason: "NothingToMigrate",
    });
  });

  test("leftovers are not called so while a Helm Operator that is set aside still uses them", () => {
    const spec = { ignore: [{ namespace: "flux", reason: "known" }] };
    const { summary } = statusOf({
      workloads: [helmOperator(), ...toolkit("v2.9.4")],
      crds: [...v29.crds, crd("helmreleases.helm.fluxcd.io")],
      spec,
    });
    expect(summary).toMatchObject({ action: "NoAction", migration: "Complete", helmOperator: "None" });
  });
});

describe("an upgrade is advised in the way of whoever manages the installation", () => {
  const sentence = (managedBy: string) => {
    const namespaces = { "flux-system": { annotations: { "flux-migration.dev/managed-by": managedBy } } };
    const { inventory } = statusOf({ workloads: toolkit("v2.6.4"), crds: toolkitCrds("v2.6.4"), namespaces });
    return inventory.instances?.[0]?.action.message;
  };
  const opening = "Flux 2.6 is out of support since 2026-06-30.";
  const closing = "Do not prune storedVersions by hand.";

  test.each([
    [
      "Bootstrap",
      "Run flux bootstrap with 2.8, flux migrate, then flux bootstrap with 2.9 (where Terraform's flux_bootstrap_git manages it, set its version there instead).",
    ],
    ["Terraform", "In Terraform (flux_bootstrap_git): version v2.8.8, apply; run flux migrate; version v2.9.4, apply."],
    ["FluxInstance", "In the FluxInstance (spec.distribution): version 2.8.x, run flux migrate, then version 2.9.x."],
    ["HelmChart", "Upgrade its Helm chart: the chart release that ships v2.8.8, flux migrate, then the chart release that ships v2.9.4."],
    [
      "AksExtension",
      "Upgrade the extension microsoft.flux (az k8s-extension update), which chooses the release: 2.8, flux migrate, then 2.9.",
    ],
    ["EksAnywhere", "Upgrade EKS Anywhere, whose bundle brings the release: 2.8, flux migrate, then 2.9."],
  ])("%s", (managedBy, way) => {
    expect(sentence(managedBy)).toBe(`${opening} ${way} ${closing}`);
  });

  test("an annotation with a word of its own is not believed: the labels tell", () => {
    expect(sentence("Ansible")).toMatch(/flux bootstrap/);
  });

  test("no sentence keeps a word in braces", () => {
    const statuses = ["v0.41.2", "v2.0.1", "v2.2.3", "v2.6.4", "v2.9.4"].map((release) =>
      statusOf({ workloads: [readOnly, helmOperator(), ...toolkit(release)], crds: toolkitCrds("v2.2.3") }),
    );
    expect(JSON.stringify(statuses)).not.toMatch(/\{[a-zA-Z]+\}/);
  });
});

describe("releases", () => {
  const cell = (parts: ClusterParts) => {
    const { summary, conditions } = statusOf(parts);
    const end = conditions.find((condition) => condition.type === "ToolkitEndOfSupport");
    return `${summary.toolkit} ${summary.support} ${end?.status}/${end?.reason}`;
  };
  const newer = ["source-controller", "kustomize-controller"].map((name) =>
    deployment("new", name, {
      image: `ghcr.io/fluxcd/${name}:v1.99.0`,
      labels: { "app.kubernetes.io/version": "v2.99.0", "app.kubernetes.io/part-of": "flux" },
    }),
  );

  test("which release is newer than the data is said of all whose support it makes Unknown", () => {
    const fork = newer.map((workload) => ({ ...workload, metadata: { ...workload.metadata, namespace: "tenant" } }));
    const unread = [deployment("third", "source-controller", { image: "ghcr.io/fluxcd/source-controller:latest" })];
    const reasons = statusOf({ workloads: [...fork, ...toolkit("v2.9.4"), ...unread] }).inventory.instances?.map(
      ({ namespace, supportReason }) => `${namespace}: ${supportReason}`,
    );
    expect(reasons).toEqual([
      "flux-system: the release in tenant is newer than the data of 2026-08-07",
      "tenant: the release in tenant is newer than the data of 2026-08-07",
      "third: no version of it can be read",
    ]);
  });
  test("a workload of several containers is named once", () => {
    const beside = [{ name: "second", image: "docker.io/fluxcd/flux:1.24.3" }];
    expect(statusOf({ workloads: [fluxd({ beside })] }).summary.message).toContain("Move flux/flux to Flux 2.");
  });
  test("among several, the one to upgrade is named", () => {
    const both = [...toolkit("v2.6.4", { namespace: "team" }), ...toolkit("v2.9.4")];
    expect(statusOf({ workloads: both }).summary.message).toMatch(/^Flux 2\.6 in team is out of support since 2026-06-30\. /);
    expect(statusOf({ workloads: toolkit("v2.6.4") }).summary.message).toMatch(/^Flux 2\.6 is out of support since /);
  });
  test("newer than the data is never Current, and makes the others' support Unknown", () => {
    expect(cell({ workloads: newer })).toBe("2.99 Unknown Unknown/ReleaseUnknown");
    expect(cell({ workloads: [...newer, ...toolkit("v2.9.4")] })).toBe("2.9..2.99 Unknown Unknown/ReleaseUnknown");
    expect(cell({ workloads: [...newer, ...toolkit("v2.2.3")] })).toBe("2.2..2.99 EndOfSupport True/EndOfSupport");
  });

  test("a toolkit without a label is placed by its controllers, the newest minor that fits them all", () => {
    expect(cell({ workloads: toolkit("v0.41.2", { label: false }) })).toBe("0.41 EndOfSupport True/EndOfSupport");
    expect(cell({ workloads: toolkit("v2.8.8", { label: false }) })).toBe("2.8 Supported False/Supported");
  });

  test("by digest and without a label nothing can be told, and that is said", () => {
    const image = `ghcr.io/fluxcd/source-controller@sha256:${"a".repeat(64)}`;
    expect(cell({ workloads: [deployment("x", "source-controller", { image })] })).toBe("Present Unknown Unknown/ReleaseUnknown");
  });

  test("120 days after the list was last complete, the data says so itself", () => {
    const stale = (now: string) => statusOf({ now }).conditions.find((condition) => condition.type === "DataStale")?.status;
    expect(stale("2026-12-04T23:59:59.999Z")).toBe("False");
    expect(stale("2026-12-05")).toBe("True");
  });
});
