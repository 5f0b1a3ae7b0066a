/** Each field of a HelmRelease v1: what it becomes, with v1's default where v2 has another, or why it becomes nothing. */
import { describe, expect, test } from "@jest/globals";
import { fluxd, helmOperator, helmRelease, leftOf, namesOf, only, planned } from "./plan-builder.ts";

const plan = (spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) =>
  planned([helmOperator(), helmRelease(spec, metadata)]);
const spec = (fields: Record<string, unknown> = {}) => only(plan(fields), "HelmRelease").spec;
const left = (fields: Record<string, unknown>) => leftOf(plan(fields));
const gitChart = (fields: Record<string, unknown> = {}) => ({
  chart: { git: "git@git.example.com:shop/charts", path: "charts/cart", ...fields },
});

test("v1's defaults are written out, so that taking a release over changes nothing", () => {
  expect(only(plan(), "HelmRelease")).toEqual({
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: { name: "cart", namespace: "shop" },
    spec: {
      interval: "3m",
      suspend: true,
      releaseName: "shop-cart",
      targetNamespace: "shop",
      storageNamespace: "shop",
      chart: {
        spec: { chart: "cart", version: "2.1.0", sourceRef: { kind: "HelmRepository", name: "charts-example-com" }, interval: "3m" },
      },
      timeout: "300s",
      maxHistory: 10,
      install: { disableWait: true, disableWaitForJobs: true, crds: "Create", remediation: { retries: -1 } },
      upgrade: { disableWait: true, disableWaitForJobs: true, preserveValues: false, force: false },
    },
  });
  expect(only(plan(), "HelmRepository")).toMatchObject({
    apiVersion: "source.toolkit.fluxcd.io/v1",
    metadata: { namespace: "shop" },
    spec: { url: "https://charts.example.com/", interval: "3m" },
  });
});

describe("names and namespaces", () => {
  test.each([
    [{}, { releaseName: "shop-cart", targetNamespace: "shop", storageNamespace: "shop" }],
    [{ targetNamespace: "prod" }, { releaseName: "shop-prod-cart", targetNamespace: "prod", storageNamespace: "prod" }],
    [{ targetNamespace: "shop" }, { releaseName: "shop-cart", targetNamespace: "shop" }],
    [
      { releaseName: "mine", targetNamespace: "prod" },
      { releaseName: "mine", storageNamespace: "prod" },
    ],
  ])("%j", (fields, expected) => expect(spec(fields)).toMatchObject(expected));

  test("a name that Helm 3 does not take is listed", () => {
    const made = plan({ releaseName: "x".repeat(54) });
    expect(namesOf(made)).toEqual([]);
    expect(leftOf(made)[0]).toBe("spec.releaseName: it is no name of a release that Helm 3 takes. Nothing of this object is translated");
  });
});

describe("settings", () => {
  test.each([
    [{ timeout: 60 }, { timeout: "60s" }],
    [{ maxHistory: 0 }, { maxHistory: 0 }],
    [{ maxHistory: 3 }, { maxHistory: 3 }],
    [{ wait: true }, { install: { disableWait: false }, upgrade: { disableWait: false } }],
    [
      { test: { enable: true } },
      { install: { disableWait: false }, upgrade: { disableWait: false }, test: { enable: true, ignoreFailures: false, timeout: "300s" } },
    ],
    [{ rollback: { enable: true } }, { install: { disableWait: false }, upgrade: { disableWait: false } }],
    [
      { rollback: { enable: true }, wait: false },
      { install: { disableWait: true }, upgrade: { disableWait: true } },
    ],
    [{ resetValues: true }, { upgrade: { preserveValues: false } }],
    [{ resetValues: false }, { upgrade: { preserveValues: true } }],
    [{ forceUpgrade: true }, { upgrade: { force: true } }],
    [{ skipCRDs: true }, { install: { crds: "Skip" } }],
    [{ disableOpenAPIValidation: true }, { install: { disableOpenAPIValidation: true }, upgrade: { disableOpenAPIValidation: true } }],
    [{ test: { enable: true, ignoreFailures: true, timeout: 9 } }, { test: { enable: true, ignoreFailures: true, timeout: "9s" } }],
    [{ helmVersion: "v3" }, { releaseName: "shop-cart" }],
  ])("%j", (fields, expected) => expect(spec(fields)).toMatchObject(expected));

  test.each([
    [{ enable: true }, { strategy: "rollback", retries: 0, remediateLastFailure: true }],
    [
      { enable: true, retry: true },
      { strategy: "rollback", retries: 5, remediateLastFailure: true },
    ],
    [
      { enable: true, retry: true, maxRetries: 2 },
      { strategy: "rollback", retries: 2, remediateLastFailure: true },
    ],
    [
      { enable: true, retry: true, maxRetries: 0 },
      { strategy: "rollback", retries: -1, remediateLastFailure: true },
    ],
    [
      { enable: true, retry: false, maxRetries: 7 },
      { strategy: "rollback", retries: 0, remediateLastFailure: true },
    ],
  ])("rollback %j", (rollback, remediation) => expect(spec({ rollback })).toMatchObject({ upgrade: { remediation } }));

  test("how it rolls back", () => {
    expect(spec({ rollback: { enable: true } }).rollback).toEqual({
      timeout: "300s",
      disableWait: true,
      disableWaitForJobs: true,
      disableHooks: false,
      force: false,
    });
    expect(spec({ rollback: { enable: true, force: true, disableHooks: true, timeout: 9, wait: true } }).rollback).toEqual({
      timeout: "9s",
      disableWait: false,
      disableWaitForJobs: true,
      disableHooks: true,
      force: true,
    });
  });

  test("Helm 4, which Flux 2.8 brought, restarts no pods, and forces nothing that it applies on the server's side", () => {
    const fields = { forceUpgrade: true, rollback: { enable: true, recreate: true } };
    const of = (fluxVersion: string) => only(planned([helmOperator(), helmRelease(fields)], { fluxVersion }), "HelmRelease").spec;
    expect(of("2.7")).toMatchObject({ rollback: { recreate: true }, upgrade: { force: true } });
    expect(of("2.7").install).not.toHaveProperty("serverSideApply");
    expect(of("2.8")).toMatchObject({ install: { serverSideApply: false }, upgrade: { force: true } });
    expect(of("2.8").rollback).not.toHaveProperty("recreate");
    expect(left(fields)).toContain("spec.rollback.recreate: Helm 4 restarts no pods");
    expect(spec({ rollback: { enable: true, force: true } })).toMatchObject({ install: { serverSideApply: false } });
    expect(spec({ rollback: { enable: false, force: true } }).install).not.toHaveProperty("serverSideApply");
  });

  test("what had no effect is listed, and changes nothing", () => {
    const fields = { rollback: { enable: false, retry: true, maxRetries: 3, wait: true }, test: { ignoreFailures: true, cleanup: true } };
    expect(spec(fields)).toEqual(spec());
    expect(left(fields)).toEqual(
      expect.arrayContaining([
        "spec.rollback.retry: rollbacks are not enabled: it had no effect",
        "spec.rollback.maxRetries: rollbacks are not enabled: it had no effect",
        "spec.rollback.wait: rollbacks are not enabled: it had no effect",
        "spec.test.ignoreFailures: tests are not enabled: it had no effect",
        "spec.test.cleanup: it was for Helm 2 only",
      ]),
    );
  });
});

describe("Helm 2 is never translated silently", () => {
  test("helmVersion v2: converted first", () => {
    const made = planned([helmOperator(), helmRelease({ helmVersion: "v2" })]);
    expect(namesOf(made)).toEqual([]);
    expect(leftOf(made)).toEqual(["spec.helmVersion: the release is one of Helm 2: first helm-2to3. Nothing of this object is translated"]);
    expect(made.chores[0]?.text).toMatch(/is a release of Helm 2. Convert it with `helm 2to3 convert`/);
  });

  test.each([
    ["the operator says nothing", [], "v2"],
    ["the operator runs both", ["--enabled-helm-versions=v2,v3"], "v2"],
    ["the operator prefers v3 but runs both", ["--enabled-helm-versions=v3,v2"], "v3"],
    ["the operator knows none that are named", ["--enabled-helm-versions=v4"], "v2"],
  ])("absent, where %s: it may be one of Helm 2, and a person looks", (_title, args, first) => {
    const made = planned([helmOperator(args), helmRelease()]);
    expect(namesOf(made)).toEqual([]);
    expect(leftOf(made)).toEqual([
      "spec.helmVersion: absent, and the release may be one of Helm 2: see the step Prepare. Nothing of this object is translated",
    ]);
    expect(made.chores[0]?.text).toContain(`which is \`${first}\` by what was seen of the Helm Operator, and may be a release of Helm 2.`);
    expect(made.chores[0]?.commands).toEqual(["helm -n shop ls --all"]);
  });

  test.each([
    ["v3", [], 1],
    ["v3", ["--enabled-helm-versions=v2"], 0],
    ["v3,v2", [], 0],
    ["", [], 0],
  ])("absent, with HELM_VERSION=%j in the environment and the flags %j", (value, args, translated) => {
    const operator = helmOperator(args);
    const [container] = operator.spec.template.spec.containers;
    Object.assign(container ?? {}, { env: [{ name: "HELM_VERSION", value }] });
    expect(planned([operator, helmRelease()]).releases.translated).toBe(translated);
  });

  test("v3 is, whatever the operator runs", () => {
    expect(namesOf(planned([helmOperator([]), helmRelease({ helmVersion: "v3" })]))).toHaveLength(2);
  });

  test("the last step says that releases are left", async () => {
    const { stepsOf } = await import("../../../src/plan/steps.ts");
    const last = stepsOf(planned([helmOperator(), helmRelease({ helmVersion: "v2" }), helmRelease({}, { name: "b" })])).at(-1);
    expect(last?.parts[0]?.text).toContain("1 of 2 HelmReleases v1 is not translated");
  });
});

describe("the Helm Operator's arguments", () => {
  const args = [
    "--enabled-helm-versions=v3",
    "--charts-sync-interval=9m",
    "--git-poll-interval=8m",
    "--git-timeout=7s",
    "--git-default-ref=main",
  ];

  test("are fields of the releases and their sources", () => {
    const made = planned([helmOperator(args), helmRelease(gitChart())]);
    expect(only(made, "HelmRelease").spec.interval).toBe("9m");
    expect(only(made, "GitRepository").spec).toMatchObject({ interval: "8m", timeout: "7s", ref: { branch: "main" } });
  });

  test("are listed where there is no release", () => {
    expect(planned([helmOperator(args)]).untranslated.map(({ field }) => field)).toEqual(args.map((arg) => arg.replace(/=.*/, "")));
  });

  test.each([
    "--tiller-namespace=x",
    "--tiller-tls-enable",
    "--update-chart-deps=false",
    "--log-release-diffs",
    "--workers=4",
    "--allow-namespace=shop",
    "--status-update-interval=1s",
    "--listen=:1",
    "--no-such=1",
  ])("%s is listed", (flag) =>
    expect(planned([helmOperator([...args, flag]), helmRelease()]).untranslated).toContainEqual(
      expect.objectContaining({ field: flag.replace(/=.*/, "") }),
    ),
  );

  test("an operator of one namespace counts for that alone", () => {
    const limited = helmOperator(["--enabled-helm-versions=v3", "--allow-namespace=shop", "--charts-sync-interval=1m"]);
    const made = planned([limited, helmRelease(), helmRelease({}, { namespace: "other", name: "x" })], { leftovers: false });
    expect(only(made, "HelmRelease").spec.interval).toBe("1m");
    expect(leftOf(made)).toContainEqual("the whole object: no Helm Operator looks after it; --leftovers translates it");
  });
});

test("a HelmRelease v2 that is there already is not written again", () => {
  const there = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", metadata: { name: "cart", namespace: "shop" } };
  const made = planned([helmOperator(), helmRelease(), there]);
  expect(namesOf(made)).toEqual([]);
  expect(leftOf(made)[0]).toMatch(/^metadata.name: a HelmRelease v2 of this name is there already/);
});

test("what fluxd wrote is no one's label; another is listed", () => {
  const labels = { "fluxcd.io/sync-gc-mark": "sha256.abc", team: "shop" };
  expect(leftOf(plan({}, { labels }))).toEqual(["metadata.labels.team: labels are not carried over: add those that you need"]);
});

test("an object that cannot be read is listed with the field", () => {
  expect(leftOf(plan({ timeout: "soon" }))[0]).toBe("spec.timeout: it cannot be read; want a number. Nothing of this object is translated");
});

test("with fluxd alone, HelmReleases wait for --leftovers", () => {
  expect(planned([fluxd([]), helmRelease()], { leftovers: false }).releases).toEqual({ seen: 1, translated: 0, ofFlux1: 0 });
});
