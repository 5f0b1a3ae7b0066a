import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { checkData } from "../../../build/data-check/data-check.ts";
import { BUILT_IN } from "../../../src/data/built-in.ts";
import { builtInData } from "../../../src/data/built-in-data.ts";
import { addDays } from "../../../src/timetable/day.ts";

const builtIn = (name: string) => BUILT_IN.get(`config/${name}`) ?? "";
const { asOf, minors, releases } = builtInData().reference.releases;
/** So that newer data need no newer test. */
const TODAY = asOf;
const TOMORROW = addDays(asOf, 1);
const AS_OF = /"asOf": "[^"]+"/;

test("the project's own data fit, and it is said how much was looked at", async () => {
  const { checked, remarks, problems } = await checkData(undefined, TODAY);
  expect(problems).toEqual([]);
  expect(remarks).toEqual([]);
  expect(checked.join("\n")).toMatch(
    new RegExp(`^timetable: 4 editions with 20 rows.*\nflux-releases.json: ${releases.length} releases .* as of ${asOf}\n`),
  );
  expect(checked.map((line) => line.split(":")[0])).toEqual([
    "timetable",
    "flux-releases.json",
    "gotk-api-versions.json",
    "images.yaml",
    "managers.yaml",
    "actions.yaml",
  ]);
});

describe("a mounted folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "data-check-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function mount(name: string, text: string): void {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  test("is checked against the project's own files, and without any of its own is as good as these", async () => {
    expect((await checkData(folder, TODAY)).problems).toEqual([]);
    mount("timetable-2022-09-20.yaml", builtIn("timetable/2022-09-20.yaml"));
    expect((await checkData(folder, TODAY)).problems).toEqual([]);
  });

  test("a minor whose CRDs changed nothing is worth a look, and no fault", async () => {
    const newest = minors.at(-1)?.minor ?? "";
    const next = newest.replace(/\d+$/, (number) => String(Number(number) + 1));
    const news = builtIn("flux-releases.json")
      .replace('"2.9": {', `"${next}": {"kubernetesMin": "1.99"}, "2.9": {`)
      .replace(/\n\]\}\s*$/, `,\n  {"version": "v${next}.0", "date": "${TODAY}", "components": {"source-controller": "v1.99.0"}}\n]}`);
    mount("flux-releases.json", news);
    const { problems, remarks } = await checkData(folder, TODAY);
    expect([problems, remarks]).toEqual([[], [expect.stringContaining(`nothing changed with ${next}`)]]);
  });

  /** One change that a person could make, and the field that the answer must name. */
  const MUTANTS: { what: string; file: string; edit: [string | RegExp, string]; says: RegExp }[] = [
    {
      what: "a list that was checked tomorrow",
      file: "flux-releases.json",
      edit: [AS_OF, `"asOf": "${TOMORROW}"`],
      says: new RegExp(`asOf is "${TOMORROW}"; want a day up to today, ${TODAY}`),
    },
    {
      what: "a release after the list was checked",
      file: "flux-releases.json",
      edit: [AS_OF, '"asOf": "2026-08-01"'],
      says: /releases\[\d+\]\.date is "2026-08-07"; want a day up to asOf, 2026-08-01/,
    },
    {
      what: "a patch from before the patch before it",
      file: "flux-releases.json",
      edit: ['"v2.8.5", "date": "2026-04-07"', '"v2.8.5", "date": "2026-03-07"'],
      says: /releases\[\d+\]\.date is "2026-03-07"; want 2026-03-30, when v2\.8\.4 came, or later/,
    },
    {
      what: "a minor that is missing between two",
      file: "flux-releases.json",
      edit: [/ {2}\{"version": "v2\.5\.\d".*\n/g, ""],
      says: /releases\[\d+\]\.version is "v2\.6\.0"; want a release of 2\.5 before it, as 2\.4 was the last/,
    },
    {
      what: "a minor without its first release",
      file: "flux-releases.json",
      edit: [/ {2}\{"version": "v2\.8\.0".*\n/, ""],
      says: /releases\[\d+\]\.version is "v2\.8\.1"; want v2\.8\.0 before it/,
    },
    {
      what: "a controller that a patch no longer ships",
      file: "flux-releases.json",
      edit: [/("version": "v2\.9\.3".*), "source-watcher": "v2\.2\.2"/, "$1"],
      says: /releases\[\d+\]\.components\.source-watcher is missing; want v2\.2\.2, as in v2\.9\.2, or later/,
    },
    {
      what: "a controller whose version goes back",
      file: "flux-releases.json",
      edit: [/("version": "v2\.9\.3".*"kustomize-controller": )"v1\.9\.4"/, '$1"v1.9.1"'],
      says: /releases\[\d+\]\.components\.kustomize-controller is "v1\.9\.1"; want v1\.9\.3, as in v2\.9\.2, or later/,
    },
    {
      what: "a controller of two minors",
      file: "flux-releases.json",
      edit: [/("version": "v2\.8\.8".*"helm-controller": )"v1\.5\.5"/, '$1"v1.6.0"'],
      says: /releases\[\d+\]\.components\.helm-controller is "v1\.6\.1"; want another minor than that of v2\.8\.8/,
    },
    {
      what: "a controller that nobody knows",
      file: "flux-releases.json",
      edit: [/("version": "v2\.9\.4".*)"source-watcher"/, '$1"source-wacher": "v2.2.3", "source-watcher"'],
      says: /releases\[\d+\]\.components\.source-wacher is "source-wacher"; want one of .*source-watcher/,
    },
    {
      what: "a minor without a lowest Kubernetes",
      file: "flux-releases.json",
      edit: [', "2.9": {"kubernetesMin": "1.33"}', ""],
      says: /minors\["2\.9"\] is missing; want the lowest Kubernetes of Flux 2\.9/,
    },
    {
      what: "a lowest Kubernetes that falls",
      file: "flux-releases.json",
      edit: ['"2.9": {"kubernetesMin": "1.33"}', '"2.9": {"kubernetesMin": "1.3"}'],
      says: /minors\["2\.9"\]\.kubernetesMin is "1\.3"; want 1\.33, as for 2\.8, or later/,
    },
    {
      what: "a lowest Kubernetes of a minor that never was",
      file: "flux-releases.json",
      edit: ['"2.9": {', '"2.99": {"kubernetesMin": "1.35"}, "2.9": {'],
      says: /minors\["2\.99"\] is "2\.99"; want a minor that has a release/,
    },
    {
      what: "API versions of a release that never was",
      file: "gotk-api-versions.json",
      edit: ['"flux": "v2.8.0"', '"flux": "v2.8.10"'],
      says: /crds\[0\]\.since\[3\]\.flux is "v2\.8\.10"; want a stable release that flux-releases\.json holds/,
    },
    {
      what: "a storage version that is not served",
      file: "gotk-api-versions.json",
      edit: [/"served": true,(\s*)"storage": true/, '"served": false,$1"storage": true'],
      says: /crds\[0\]\.since\[0\]\.versions is a list; want one served storage version, not 0/,
    },
    {
      what: "a CRD that is none of the toolkit's",
      file: "gotk-api-versions.json",
      edit: ["helmreleases.helm.toolkit.fluxcd.io", "helmreleases.helm.fluxcd.io"],
      says: /crds\[0\]\.crd is "helmreleases\.helm\.fluxcd\.io"; want a CRD of the toolkit/,
    },
    {
      what: "an API version of no form",
      file: "gotk-api-versions.json",
      edit: ['"name": "v2beta1"', '"name": "2beta1"'],
      says: /crds\[0\]\.since\[0\]\.versions\[0\]\.name is "2beta1"; want an API version/,
    },
    {
      what: "an API version that comes back",
      file: "gotk-api-versions.json",
      edit: [/("flux": "v2\.8\.0",\s*"versions": \[)/, '$1{"name": "v2beta1", "served": true, "storage": false, "deprecated": true},'],
      says: /crds\[0\]\.since\[3\]\.versions is "v2beta1"; want none that an earlier release took away/,
    },
    {
      what: "a group of CRDs without API versions",
      file: "images.yaml",
      edit: ["  - group: source.extensions.fluxcd.io", "  - group: source.extensions.fluxcd.dev"],
      says: /crds\[5\]\.group is "source\.extensions\.fluxcd\.dev"; want a group of which gotk-api-versions\.json has a CRD/,
    },
    {
      what: "rows whose dates go back",
      file: "timetable/2022-09-20.yaml",
      edit: ['date: "2021-02-18"', 'date: "2020-02-18"'],
      says: /rows\[1\]\.date is "2020-02-18"; want a day after rows\[0\]\.date/,
    },
    {
      what: "a phase that nobody knows",
      file: "timetable/2021-06-28.yaml",
      edit: ["phase: Superseded", "phase: Surpassed"],
      says: /rows\[2\]\.Flux1\.phase is "Surpassed"; want one of Maintenance/,
    },
    {
      what: "an exception for a component of another track",
      file: "timetable/2021-06-28.yaml",
      edit: ["[image-automation-controller, image-reflector-controller]", "[image-automation-controller, fluxd]"],
      says: /rows\[1\]\.GitOpsToolkit\.exceptions\[0\]\.components\[1\] is "fluxd"; want a component of this track: source-controller/,
    },
    {
      what: "an address without TLS",
      file: "timetable/2021-06-28.yaml",
      edit: ["page: https://", "page: http://"],
      says: /source\.page is "http:\/\/fluxcd\.io\/.*"; want https:\/\//,
    },
    {
      what: "an event on another day than its release",
      file: "timetable/after.yaml",
      edit: ['date: "2023-07-05"', 'date: "2023-07-06"'],
      says: /events\[0\]\.date is "2023-07-06"; want 2023-07-05, when flux-releases\.json has v2\.0\.0/,
    },
    {
      what: "a manager without a way to upgrade",
      file: "actions.yaml",
      edit: ["\n  EksAnywhere:", "\n  EksAnyhow:"],
      says: /upgrades\.EksAnywhere is missing; want how a toolkit that EksAnywhere manages is upgraded/,
    },
    {
      what: "an action twice",
      file: "actions.yaml",
      edit: ["  - code: NoAction\n", '  - code: Migrate\n    message: "again"\n  - code: NoAction\n'],
      says: /actions\[\d+\]\.code is "Migrate"; want each code once/,
    },
    {
      what: "a phase without an action",
      file: "actions.yaml",
      edit: ["  - phase: NotAnnounced\n", "  - phase: NeverAnnounced\n"],
      says: /flux1\[0\]\.phase is "NeverAnnounced"; want one of NotAnnounced, Maintenance/,
    },
    {
      what: "a rule that an earlier one hides",
      file: "managers.yaml",
      edit: [
        "equals: flux-operator\n",
        "equals: flux-operator\n    source: x\n  - managedBy: HelmChart\n    track: GitOpsToolkit\n    found: Label\n    all:\n      - label: app.kubernetes.io/managed-by\n        equals: flux-operator\n",
      ],
      says: /rules\[1\]\.all is "those of an earlier rule"; want tests of its own/,
    },
  ];

  test.each(MUTANTS)("with $what is refused by file, line and field", async ({ file, edit: [from, to], says }) => {
    const text = builtIn(file);
    const mutant = text.replace(from, to);
    expect(mutant).not.toBe(text);
    mount(file, mutant);
    const { problems } = await checkData(folder, TODAY);
    expect(problems).toContainEqual(expect.stringMatching(says));
    for (const problem of problems) expect(problem).toMatch(/^.*\.(json|yaml):\d+: /);
    expect(problems.some((problem) => problem.startsWith(`${join(folder, file)}:`))).toBe(true);
  });

  test("that cannot be read is one line", async () => {
    mount("flux-releases.json", "{");
    expect(await checkData(folder, TODAY)).toMatchObject({
      checked: [],
      problems: [expect.stringContaining(`${join(folder, "flux-releases.json")}:1: `)],
    });
  });
});
