/** `flux-migration status` for each of the six clusters, and for one that attacks the terminal. */
import { expect, test } from "@jest/globals";
import { statusText } from "../../../src/cli/print-status.ts";
import { statusReport } from "../../../src/cli/status-report.ts";
import { assessed, fluxd, helmOperator, toolkit } from "../assess/subject-builder.ts";
import { HOSTILE } from "../scan/hostile.ts";

const plain = (_: string, text: string) => text;
const marked = (severity: string, text: string) => `<${severity}>${text}`;

test("Flux 1 beside an old toolkit, as it looks", () => {
  const { status } = assessed({ workloads: [fluxd(), ...toolkit("v2.6.4")], name: "stage-eu-1", kubernetes: "v1.33.1" });
  expect(statusReport(status, marked).split("\n")).toEqual([
    "stage-eu-1, Kubernetes v1.33.1; timetable of 2022-09-20, row 5; judged by operator 0.1.0",
    "",
    "Flux 1      fluxd 1.25.4 in flux/flux: Archived since 2022-11-01",
    "Toolkit     v2.6.4 in flux-system, by Bootstrap: EndOfSupport since 2026-06-30",
    "Migration   InProgress, 1/5; left: StopFluxd, RemoveFluxd",
    expect.stringMatching(/^Next {8}<Critical>fluxd 1\.25\.4 \(flux\/flux\) and a toolkit/),
    expect.stringMatching(/^ {12}<Critical>Scale flux\/flux to 0/),
    expect.stringMatching(/^ {12}<Warning>Flux 2\.6 is out of support since 2026-06-30/),
    expect.stringMatching(/^By {10}2026-12-05 {2}/),
  ]);
});

test("one that is suspended says so before all else", () => {
  const { status } = assessed({ workloads: [fluxd()] });
  expect(statusReport(status, marked, true)).toMatch(/\n\nSuspended {3}<Unread>spec\.suspend is true: .*\nFlux 1 {6}fluxd 1\.25\.4/);
});

test("a stopped one, one that is set aside, and what could not be read", () => {
  const { status } = assessed({
    workloads: [fluxd({ replicas: 0 }), helmOperator({ namespace: "old" })],
    spec: { ignore: [{ namespace: "old", reason: "a museum", until: "2027-01-01" }] },
    unreadable: [{ resource: "daemonsets.apps", verb: "list", reason: "Forbidden", message: "daemonsets.apps: list is forbidden (403)" }],
  });
  const text = statusReport(status, plain);
  expect(text).toMatch(/^Flux 1 +fluxd 1\.25\.4 in flux\/flux, stopped: Archived since 2022-11-01$/m);
  expect(text).toMatch(/^Not read +daemonsets\.apps: list \(Forbidden\)$/m);
  expect(text).toMatch(/^Not ready +daemonsets\.apps: list is forbidden/m);
  expect(text).toMatch(/^Set aside +helm-operator 1\.4\.4 in old\/helm-operator: a museum \(until 2027-01-01\)$/m);
});

test("nothing is None where all was read, and Unknown where not", () => {
  expect(statusReport(assessed({}).status, plain)).toMatch(/^Flux 1 +None\nToolkit +None\n/m);
  const unreadable = [{ resource: "deployments.apps", verb: "list", reason: "Forbidden", message: "no" } as const];
  expect(statusReport(assessed({ unreadable }).status, plain)).toMatch(
    /^Flux 1 +Unknown: No Flux 1 in what could be read; no\.\nToolkit +Unknown\n/m,
  );
  expect(statusReport({}, plain)).toBe("The operator has not judged this cluster yet.");
});

test("the part of Flux 1 that could not be looked for is Unknown beside the other", () => {
  const unreadable = [{ resource: "deployments.apps", verb: "list", reason: "Forbidden", message: "Deployments: forbidden" } as const];
  const partial = assessed({ workloads: [helmOperator()], unreadable }).status;
  expect(statusReport(partial, plain)).toMatch(
    /^Flux 1 +helm-operator 1\.4\.4 in flux\/helm-operator: Archived since 2022-11-01\n +fluxd Unknown: Deployments: forbidden; .*\n/m,
  );
  const spec = { namespaceSelector: { matchLabels: { team: "a" } } };
  const selected = assessed({ workloads: [fluxd()], namespaces: { flux: { labels: { team: "a" } } }, spec }).status;
  expect(statusReport(selected, plain)).toMatch(/\n +helm-operator Unknown: not all of the cluster was looked at\.\n/);
});

test("what the inventory does not list is not None where the summary knows it", () => {
  const { status } = assessed({ workloads: [fluxd()] });
  expect(statusReport({ ...status, inventory: {} }, plain)).toMatch(/^Flux 1 +fluxd 1\.25\.4, which the inventory leaves out\nToolkit/m);
});

test("no text of a cluster steers a terminal", () => {
  for (const text of HOSTILE) {
    const { status } = assessed({ workloads: [fluxd({ namespace: "a" })], name: text });
    const [component] = status.inventory?.components ?? [];
    if (!component || !status.summary) throw new Error("no component");
    component.namespace = text;
    component.action.message = text;
    status.summary.message = text;
    expect(statusReport(status, plain).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
  }
});

test("what is next begins with the summary, and a sentence that comes twice stands where it came first", () => {
  const { status } = assessed({ workloads: [fluxd({ namespace: "a" }), fluxd({ namespace: "b" }), fluxd({ namespace: "c" })] });
  const [first, second, third] = status.inventory?.components ?? [];
  if (!first || !second || !third || !status.summary || !status.inventory) throw new Error("want three components");
  status.inventory.instances = [];
  status.summary.message = first.action.message = third.action.message = "grave";
  second.action.message = "less grave";
  expect(statusReport(status, plain)).toMatch(/^Next +grave\n +less grave\n(?! )/m);
  const rows = statusText(status).split("\n");
  expect(rows.slice(rows.findIndex((row) => row.startsWith("SEVERITY")) + 1).map((row) => row.split(/ {3,}/).at(-1))).toEqual([
    "grave",
    "less grave",
  ]);
});
