/**
 * How a release is installed, upgraded, rolled back and tested: v1's settings as v2's. Where the two have other defaults, v1's is written out,
 * so that the upgrade by which helm-controller takes a release over changes nothing. Knows no chart and no values.
 */
import { compareMinors } from "../timetable/releases.ts";
import type { SpecV1 } from "./helm-release-v1.ts";

/** The first minor whose helm-controller is built on Helm 4. Source: helm-controller, its HelmRelease CRD as Flux 2.8 brings it */
const HELM_4 = "2.8";

/** Of v1, in seconds and attempts: Helm Operator 1.4.4, pkg/apis/helm.fluxcd.io/v1/types_helmrelease.go */
const TIMEOUT_SECONDS = 300;
const MAX_HISTORY = 10;
const MAX_RETRIES = 5;

export interface HelmSettings {
  readonly spec: Readonly<Record<string, unknown>>;
  /** v1's field, `spec.wait`, and v2's. Only fields that are given. */
  readonly translated: readonly (readonly [string, string])[];
  readonly left: readonly (readonly [string, string])[];
}

/** @param minor of Flux 2 that is to read them: `2.9` */
export function helmSettings(v1: SpecV1, minor: string): HelmSettings {
  const helm4 = compareMinors(minor, HELM_4) >= 0;
  const translated: [string, string][] = [];
  const left: [string, string][] = [];
  const given = (field: string, value: unknown, to: string) => {
    if (value !== undefined) translated.push([`spec.${field}`, to]);
  };
  const rollback = v1.rollback?.enable === true;
  const test = v1.test?.enable === true;
  const wait = v1.wait ?? (rollback || test);
  // Helm Operator's Helm waited for no jobs, also where it waited.
  const waiting = { disableWait: !wait, disableWaitForJobs: true };
  const openApi = v1.disableOpenAPIValidation === true ? { disableOpenAPIValidation: true } : {};
  given("timeout", v1.timeout, "spec.timeout");
  given("maxHistory", v1.maxHistory, "spec.maxHistory");
  given("wait", v1.wait, "spec.install.disableWait, spec.upgrade.disableWait");
  given("resetValues", v1.resetValues, "spec.upgrade.preserveValues");
  // Server-side apply, which Helm 4 installs with, knows no force. What Helm 3 installed stays without it.
  const clientSide = helm4 && (v1.forceUpgrade === true || (rollback && v1.rollback?.force === true)) ? { serverSideApply: false } : {};
  given("forceUpgrade", v1.forceUpgrade, helm4 ? "spec.upgrade.force, spec.install.serverSideApply" : "spec.upgrade.force");
  given("skipCRDs", v1.skipCRDs, "spec.install.crds");
  given(
    "disableOpenAPIValidation",
    v1.disableOpenAPIValidation,
    "spec.install.disableOpenAPIValidation, spec.upgrade.disableOpenAPIValidation",
  );
  const timeout = seconds(v1.timeout);
  return {
    spec: {
      timeout,
      maxHistory: v1.maxHistory ?? MAX_HISTORY,
      // The Helm Operator uninstalled what failed to install, and tried again without end.
      install: { ...waiting, crds: v1.skipCRDs === true ? "Skip" : "Create", ...clientSide, ...openApi, remediation: { retries: -1 } },
      upgrade: {
        ...waiting,
        preserveValues: v1.resetValues === false,
        force: v1.forceUpgrade === true,
        ...openApi,
        ...remediation(v1, given, left),
      },
      ...rollbackOf(v1, helm4, given, left),
      ...testOf(v1, given, left),
    },
    translated,
    left,
  };
}

type Given = (field: string, value: unknown, to: string) => void;

function seconds(value: number | null | undefined): string {
  return `${value ?? TIMEOUT_SECONDS}s`;
}

function remediation({ rollback }: SpecV1, given: Given, left: [string, string][]) {
  if (rollback?.enable !== true) {
    given("rollback.enable", rollback?.enable, "spec.upgrade, without remediation");
    for (const field of ["retry", "maxRetries"] as const)
      if (rollback?.[field] !== undefined) left.push([`spec.rollback.${field}`, "rollbacks are not enabled: it had no effect"]);
    return {};
  }
  given("rollback.enable", rollback.enable, "spec.upgrade.remediation.strategy");
  given("rollback.retry", rollback.retry, "spec.upgrade.remediation.retries");
  if (rollback.retry !== true) {
    if (rollback.maxRetries !== undefined) left.push(["spec.rollback.maxRetries", "retries are not enabled: it had no effect"]);
    return { remediation: { strategy: "rollback", retries: 0, remediateLastFailure: true } };
  }
  given("rollback.maxRetries", rollback.maxRetries, "spec.upgrade.remediation.retries");
  const most = rollback.maxRetries ?? MAX_RETRIES;
  return { remediation: { strategy: "rollback", retries: most === 0 ? -1 : most, remediateLastFailure: true } };
}

function rollbackOf({ rollback }: SpecV1, helm4: boolean, given: Given, left: [string, string][]) {
  if (rollback?.enable !== true) {
    for (const field of ["force", "recreate", "disableHooks", "timeout", "wait"] as const)
      if (rollback?.[field] !== undefined) left.push([`spec.rollback.${field}`, "rollbacks are not enabled: it had no effect"]);
    return {};
  }
  given("rollback.force", rollback.force, "spec.rollback.force");
  if (!helm4) given("rollback.recreate", rollback.recreate, "spec.rollback.recreate");
  else if (rollback.recreate !== undefined) left.push(["spec.rollback.recreate", "Helm 4 restarts no pods"]);
  given("rollback.disableHooks", rollback.disableHooks, "spec.rollback.disableHooks");
  given("rollback.timeout", rollback.timeout, "spec.rollback.timeout");
  given("rollback.wait", rollback.wait, "spec.rollback.disableWait");
  return {
    rollback: {
      timeout: seconds(rollback.timeout),
      disableWait: rollback.wait !== true,
      disableWaitForJobs: true,
      disableHooks: rollback.disableHooks === true,
      force: rollback.force === true,
      ...(helm4 ? {} : { recreate: rollback.recreate === true }),
    },
  };
}

function testOf({ test }: SpecV1, given: Given, left: [string, string][]) {
  if (test?.cleanup !== undefined) left.push(["spec.test.cleanup", "it was for Helm 2 only"]);
  if (test?.enable !== true) {
    given("test.enable", test?.enable, "no spec.test");
    for (const field of ["ignoreFailures", "timeout"] as const)
      if (test?.[field] !== undefined) left.push([`spec.test.${field}`, "tests are not enabled: it had no effect"]);
    return {};
  }
  given("test.enable", test.enable, "spec.test.enable");
  given("test.ignoreFailures", test.ignoreFailures, "spec.test.ignoreFailures");
  given("test.timeout", test.timeout, "spec.test.timeout");
  return { test: { enable: true, ignoreFailures: test.ignoreFailures === true, timeout: seconds(test.timeout) } };
}
