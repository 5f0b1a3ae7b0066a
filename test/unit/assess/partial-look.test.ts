/** A partial look may state presence, never absence: over every subset of kinds that cannot be read. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { CRD_RESOURCE, type Unreadable, WORKLOAD_RESOURCES } from "../../../src/assess/look.ts";
import { type ClusterParts, crd, fluxd, helmOperator, statusOf, toolkit, toolkitCrds } from "./subject-builder.ts";

const KINDS = [
  ...WORKLOAD_RESOURCES,
  CRD_RESOURCE,
  "namespaces",
  "helmreleases.helm.fluxcd.io",
  "kustomizations.kustomize.toolkit.fluxcd.io",
];
const REASONS = ["Forbidden", "Unauthorized", "Unavailable", "InvalidObject"] as const;

/** What is really there, kind by kind, so that a kind that cannot be read takes what is in it out of sight. */
interface Truth {
  deployments: ClusterParts["workloads"] & object;
  crds: ClusterParts["crds"] & object;
}

const truths: fc.Arbitrary<Truth> = fc
  .record({
    fluxd: fc.boolean(),
    stopped: fc.boolean(),
    helmOperator: fc.boolean(),
    toolkit: fc.constantFrom("none", "v2.9.4", "v2.2.3"),
    leftovers: fc.boolean(),
  })
  .map((parts) => ({
    deployments: [
      ...(parts.fluxd ? [fluxd({ replicas: parts.stopped ? 0 : 1 })] : []),
      ...(parts.helmOperator ? [helmOperator()] : []),
      ...(parts.toolkit === "none" ? [] : toolkit(parts.toolkit)),
    ],
    crds: [
      ...(parts.leftovers ? [crd("helmreleases.helm.fluxcd.io")] : []),
      ...(parts.toolkit === "none" ? [] : toolkitCrds(parts.toolkit)),
    ],
  }));

const unreadables: fc.Arbitrary<Unreadable[]> = fc
  .tuple(fc.subarray(KINDS), fc.constantFrom(...REASONS))
  .map(([kinds, reason]) => kinds.map((resource) => ({ resource, verb: "list", reason, message: `${resource}: list failed` })));

function looked(truth: Truth, unreadable: Unreadable[]) {
  const blind = new Set(unreadable.map((item) => item.resource));
  return statusOf({
    workloads: blind.has("deployments.apps") ? [] : truth.deployments,
    crds: blind.has(CRD_RESOURCE) ? [] : truth.crds,
    unreadable,
  });
}

test("what a partial look states is true of the whole cluster", () => {
  fc.assert(
    fc.property(truths, unreadables, (truth, unreadable) => {
      const whole = looked(truth, []);
      const partial = looked(truth, unreadable);
      for (const type of ["Flux1Present", "MigrationComplete", "ToolkitEndOfSupport"]) {
        const said = partial.conditions.find((condition) => condition.type === type)?.status;
        const real = whole.conditions.find((condition) => condition.type === type)?.status;
        if (said !== "Unknown") expect([type, said]).toEqual([type, real]);
      }
      for (const cell of ["fluxd", "helmOperator", "phase", "migration", "progress"] as const) {
        if (partial.summary[cell] !== "Unknown") expect([cell, partial.summary[cell]]).toEqual([cell, whole.summary[cell]]);
      }
      if (partial.summary.toolkit === "None") expect(whole.summary.toolkit).toBe("None");
      expect(whole.summary.remaining).toEqual(expect.arrayContaining(partial.summary.remaining));
    }),
    { numRuns: 400 },
  );
});

test("what was seen stays stated, whatever else cannot be read", () => {
  fc.assert(
    fc.property(truths, unreadables, (truth, unreadable) => {
      fc.pre(!unreadable.some((item) => item.resource === "deployments.apps"));
      const whole = looked(truth, []).conditions.find((condition) => condition.type === "Flux1Present");
      const partial = looked(truth, unreadable).conditions.find((condition) => condition.type === "Flux1Present");
      if (whole?.status === "True") expect(partial?.status).toBe("True");
    }),
    { numRuns: 200 },
  );
});

test("a partial look is never Ready, always names what is missing, and never advises to delete leftovers", () => {
  fc.assert(
    fc.property(truths, unreadables, (truth, unreadable) => {
      fc.pre(unreadable.length > 0);
      const { conditions, inventory, summary } = looked(truth, unreadable);
      expect(conditions.find((condition) => condition.type === "Ready")?.status).toBe("False");
      expect(inventory.unreadable?.map((item) => item.resource)).toEqual(unreadable.map((item) => item.resource).sort());
      expect(summary.severity === "Warning" || summary.severity === "Critical").toBe(true);
      if (unreadable.some((item) => KINDS.slice(0, 4).includes(item.resource))) expect(summary.action).not.toBe("RemoveLeftovers");
    }),
  );
});

test("some namespaces only: presence is stated, absence is not", () => {
  const namespaces = { flux: { labels: { team: "a" } }, other: { labels: { team: "b" } } };
  const spec = { namespaceSelector: { matchLabels: { team: "b" } } };
  const unseen = statusOf({ workloads: [fluxd()], namespaces, spec });
  expect(unseen.conditions.find((condition) => condition.type === "Flux1Present")).toMatchObject({
    status: "Unknown",
    reason: "NamespacesSelected",
  });
  expect(unseen.conditions.find((condition) => condition.type === "Ready")).toMatchObject({ status: "True" });
  const seen = statusOf({ workloads: [fluxd()], namespaces, spec: { namespaceSelector: { matchLabels: { team: "a" } } } });
  expect(seen.conditions.find((condition) => condition.type === "Flux1Present")).toMatchObject({ status: "True" });
});

test.each([{}, { matchLabels: {} }, { matchExpressions: [] }])(
  "a selector without requirements narrows nothing: %j",
  (namespaceSelector) => {
    const parts = { workloads: toolkit("v2.9.4"), namespaces: { "flux-system": { labels: {} } } };
    const { summary, conditions } = statusOf({ ...parts, spec: { namespaceSelector } });
    const whole = statusOf(parts);
    expect([summary, conditions]).toEqual([whole.summary, whole.conditions]);
  },
);

test("a selector that selects no namespace is said to, and what is seen is told while namespaces cannot be read", () => {
  const spec = { namespaceSelector: { matchLabels: { team: "b" } } };
  const nobody = statusOf({ workloads: [fluxd()], namespaces: { flux: { labels: { team: "a" } } }, spec });
  expect(nobody.summary.message).toBe(
    "Nothing to do: neither Flux 1 nor a toolkit was found in the selected namespaces, of which there are none.",
  );
  const unreadable = [
    { resource: "namespaces", verb: "list", reason: "Forbidden", message: "namespaces: list is forbidden (403)" } as const,
  ];
  expect(statusOf({ workloads: [fluxd()], unreadable, spec }).summary.fluxd).toBe("1.25.4");
  const known = { namespaces: { flux: { labels: { team: "a" } } }, unreadable };
  expect(statusOf({ workloads: [fluxd()], ...known, spec }).summary.fluxd).toBe("Unknown");
});
