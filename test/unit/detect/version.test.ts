import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "semver";
import { readVersion } from "../../../src/detect/version.ts";
import { deployment, detect } from "./workload-builder.ts";

const written = (text: string) => {
  const version = readVersion(text);
  return version === undefined ? "none" : [version.value, version.suffix].filter((part) => part !== undefined).join(" + ");
};

describe("the version of a tag; a vendor's suffix stands apart", () => {
  test.each([
    ["1.25.4", "1.25.4"],
    ["v1.9.4", "1.9.4"],
    ["1.3.0-debian-12-r0", "1.3.0 + debian-12-r0"],
    ["1.3.0-debian13-r1", "1.3.0 + debian13-r1"],
    ["v0.36.1_vmware.1", "0.36.1 + vmware.1"],
    ["v1.3.0-fips", "1.3.0 + fips"],
    ["1.3.0-r2", "1.3.0 + r2"],
    ["1.2.3.4", "1.2.3 + 4"],
    ["v2.0.0-rc.1", "2.0.0-rc.1"],
    ["v0.0.1-alpha.7", "0.0.1-alpha.7"],
    ["1.0.0-rc9", "1.0.0-rc9"],
    ["1.0.0-beta.1-debian-11-r0", "1.0.0-beta.1 + debian-11-r0"],
    ["1.0.0-rc.1_vmware.1", "1.0.0-rc.1 + vmware.1"],
    ["1.0.0-rcx", "1.0.0 + rcx"],
    ["latest", "none"],
    ["master-abc1234", "none"],
    ["1.25", "none"],
    ["v1", "none"],
    ["1.25.4a", "none"],
    ["01.2.3", "none"],
    ["2021.06.28", "none"],
    ["release-1.25.4", "none"],
    ["V1.2.3", "none"],
    ["99999999999999999999.0.0", "none"],
    ["", "none"],
  ])("%s: %s", (tag, version) => expect(written(tag)).toBe(version));

  test("any value that is read is a semantic version", () => {
    const tag = fc.tuple(
      fc.constantFrom("", "v"),
      fc.stringMatching(/^[0-9]{1,3}\.[0-9]{1,2}\.[0-9]{1,18}([-_.](rc|beta|alpha|r|fips)?[-.0-9a-z]{0,9})?$/),
    );
    fc.assert(
      fc.property(tag, ([v, text]) => {
        const version = readVersion(v + text);
        if (version !== undefined) expect(parse(version.value)?.version).toBe(version.value);
      }),
    );
  });
});

function version(image: string, labels: Record<string, string> = {}, templateLabels: Record<string, string> = {}): string {
  const [component] = detect(deployment("n", "w", { image, labels, templateLabels }));
  if (component === undefined) return "not Flux";
  const told = component.version.known ? `${component.version.value} ${component.version.source}` : component.version.why;
  return component.distribution === undefined ? told : `${told} | ${component.distribution}`;
}

const digest = `sha256:${"a".repeat(64)}`;

describe("tag first, then label, then chart", () => {
  test.each<[string, Record<string, string>, string]>([
    ["fluxcd/flux:1.25.4", { "app.kubernetes.io/version": "1.0.0" }, "1.25.4 Tag"],
    [`fluxcd/flux:1.25.4@${digest}`, {}, "1.25.4 Tag"],
    [`fluxcd/flux@${digest}`, { "app.kubernetes.io/version": "v1.25.3", "helm.sh/chart": "flux-1.13.3" }, "1.25.3 Label"],
    ["fluxcd/flux:latest", { "helm.sh/chart": "flux-1.13.3" }, "1.25.4 Chart"],
    ["fluxcd/flux:latest", { chart: "flux-1.13.3" }, "1.25.4 Chart"],
    ["fluxcd/helm-operator:latest", { chart: "helm-operator-1.4.4" }, "1.4.4 Chart"],
    ["fluxcd/flux:latest", { chart: "flux-9.9.9" }, "tag latest is no version, and version 9.9.9 of chart flux is not in the data"],
    ["fluxcd/helm-operator:latest", { chart: "helm-operator-1.0.2" }, "1.0.1 Chart"],
    ["fluxcd/flux:latest", { chart: "platform-3.2.1" }, "tag latest is no version"],
    ["fluxcd/flux:latest", { chart: "flux-1.x" }, "tag latest is no version"],
    ["fluxcd/flux:latest", { "app.kubernetes.io/version": "stable", chart: "flux-1.13.3" }, "1.25.4 Chart"],
    [`fluxcd/flux@${digest}`, {}, "digest only, no tag"],
    ["fluxcd/flux", {}, "no tag"],
    ["fluxcd/flux-prerelease:master-abc1234", {}, "tag master-abc1234 is no version"],
  ])("%s %j: %s", (image, labels, told) => expect(version(image, labels)).toBe(told));
});

describe("on the toolkit's workloads the label names the distribution", () => {
  test.each<[string, Record<string, string>, string]>([
    ["fluxcd/source-controller:v1.6.2", { "app.kubernetes.io/version": "v2.6.4" }, "1.6.2 Tag | v2.6.4"],
    ["fluxcd/source-controller:v1.6.2", { "app.kubernetes.io/version": "2.6.4" }, "1.6.2 Tag | v2.6.4"],
    ["fluxcd/source-controller:v1.0.0-rc.1", { "app.kubernetes.io/version": "v2.0.0-rc.1" }, "1.0.0-rc.1 Tag | v2.0.0-rc.1"],
    [
      `fluxcd/source-controller@${digest}`,
      { "app.kubernetes.io/version": "v2.6.4" },
      "digest only, no tag; the version is named by the release | v2.6.4",
    ],
    ["fluxcd/source-controller:v1.6.2", { "app.kubernetes.io/version": "stable" }, "1.6.2 Tag"],
    [`fluxcd/source-controller@${digest}`, { "helm.sh/chart": "flux2-2.13.0" }, "digest only, no tag"],
    ["bitnami/fluxcd-source-controller:1.6.2-debian-12-r0", { "app.kubernetes.io/version": "1.6.2" }, "1.6.2 Tag"],
    [`bitnami/fluxcd-source-controller@${digest}`, { "app.kubernetes.io/version": "1.6.2" }, "digest only, no tag"],
    ["bitnami/fluxcd-image-reflector-controller:0.35.2-debian-12-r0", { "app.kubernetes.io/version": "0.35.2" }, "0.35.2 Tag"],
  ])("%s %j: %s", (image, labels, told) => expect(version(image, labels)).toBe(told));

  test("and may stand on the pod template", () =>
    expect(version("fluxcd/source-controller:v1.6.2", {}, { "app.kubernetes.io/version": "v2.6.4" })).toBe("1.6.2 Tag | v2.6.4"));
});
