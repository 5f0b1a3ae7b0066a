/** What a plan is made from, as files give it. */
import { describe, expect, test } from "@jest/globals";
import { readFileObjects } from "../../../src/planning/file-objects.ts";
import { data, workload } from "../scan/scanned.ts";

async function* textOf(text: string) {
  yield Buffer.from(text);
}

test("a template that is YAML and leaves the image open is skipped, as a scan skips it; what is wrong is not read", async () => {
  const open = workload({ image: "fluxcd/flux:{{ .Values.tag }}" }).replace('"image"', '\n"image"');
  const wrong = workload({ image: "fluxcd/flux:::" });
  const read = await readFileObjects(["-"], () => textOf(`${open}\n---\n${wrong}\n---\n${workload()}`), data);
  expect(read.skipped).toEqual([
    'stdin:2: Deployment flux is a template: spec.template.spec.containers[0].image is "fluxcd/flux:{{ .Values.tag }}"',
  ]);
  // The plan itself tells what is wrong with the second.
  expect(read.objects).toHaveLength(2);
  expect(read.objects.map((object) => read.places.get(object))).toEqual(["stdin:4", "stdin:6"]);
});

describe("a fluxd whose workload is made by a chart", () => {
  const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: flux, namespace: argocd}
spec:
  destination: {namespace: flux}
  source: {repoURL: https://charts.fluxcd.io, chart: flux, targetRevision: 1.13.3}
`;
  const release = `apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata: {name: flux, namespace: flux}
spec: {chart: {repository: https://charts.fluxcd.io, name: flux, version: 1.13.3}}
`;

  test.each([
    ["Application flux/flux", application, 6],
    ["HelmRelease flux/flux", release, 1],
  ])("is not planned, which is told: %s", async (subject, text, line) => {
    const { unreadable } = await readFileObjects(["-"], () => textOf(text), data);
    expect(unreadable.map(({ message }) => message)).toEqual([
      `stdin:${line}: ${subject} installs fluxd, and its workload is not among what was read: plan from the cluster, or with what helm template or kustomize build prints`,
    ]);
  });

  test("is planned where its workload was read as well, and another's is not enough", async () => {
    const messages = async (text: string) =>
      (await readFileObjects(["-"], () => textOf(text), data)).unreadable.map(({ message }) => message);
    expect(await messages(`${release}---\n${workload()}`)).toEqual([]);
    expect(await messages(`${release.replace("namespace: flux", "namespace: team")}---\n${workload()}`)).toEqual([
      expect.stringContaining("HelmRelease team/flux installs fluxd"),
    ]);
  });
});
