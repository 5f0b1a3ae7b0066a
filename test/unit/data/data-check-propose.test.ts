import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { dump, load } from "js-yaml";
import * as z from "zod";
import { ApisFile, apisText, crdsOf, withApis } from "../../../build/data-check/fresh-apis.ts";
import {
  controllersOf,
  type Entry,
  GithubFile,
  GithubReleases,
  lowestKubernetesOf,
  newReleases,
  ReleasesFile,
  releasesText,
  withReleases,
} from "../../../build/data-check/fresh-releases.ts";
import { BUILT_IN } from "../../../src/data/built-in.ts";
import { parseReleases } from "../../../src/timetable/releases-file.ts";

const releasesJson = BUILT_IN.get("config/flux-releases.json") ?? "";
const apisJson = BUILT_IN.get("config/gotk-api-versions.json") ?? "";
const ours = ReleasesFile.parse(JSON.parse(releasesJson));

/** As api.github.com answers, with fields that nobody reads here. */
const listed = (tag_name: string, published_at: string | null, draft = false) => ({
  id: 1,
  tag_name,
  name: tag_name,
  draft,
  prerelease: false,
  created_at: "2026-01-01T00:00:00Z",
  published_at,
  body: "notes",
});

const kustomization = (...resources: string[]) =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${dump({ resources })}`;
const crdsOfRelease = (name: string, version: string) => `https://github.com/fluxcd/${name}/releases/download/${version}/${name}.crds.yaml`;

/** A small file of our form: what is tested must not change with each release. */
const small: ReleasesFile = {
  asOf: "2026-08-07",
  source: "tags",
  minors: { note: "lowest", "2.8": { kubernetesMin: "1.33" }, "2.9": { kubernetesMin: "1.33" } },
  releases: [
    { version: "v2.8.0", date: "2026-02-24", components: { "source-controller": "v1.8.0" } },
    { version: "v2.9.0", date: "2026-06-30", components: { "source-controller": "v1.9.1" } },
  ],
};
const entry = (version: string, date: string): Entry => ({ version, date, components: { "source-controller": "v1.9.9" } });

describe("files of ours are written as they are read", () => {
  test("each to the byte, or a pull request would change every line", () => {
    expect(releasesText(ours)).toBe(releasesJson);
    expect(apisText(ApisFile.parse(JSON.parse(apisJson)))).toBe(apisJson);
  });
});

describe("releases that GitHub lists", () => {
  test("and we do not know are new, in the order of their versions; drafts and other tags are not", () => {
    const answer = GithubReleases.parse([
      listed("v2.10.1", "2026-10-20T10:00:00Z"),
      listed("v2.10.0", "2026-10-13T23:59:59Z"),
      listed("v2.10.0-rc.1", "2026-10-01T10:00:00Z"),
      listed("v2.11.0", null),
      listed("v2.12.0", "2026-10-20T10:00:00Z", true),
      listed("v2.9.0", "2026-06-30T10:00:00Z"),
      listed("v2.8.1", "2026-10-02T10:00:00Z"),
      listed("action/v1.0.0", "2026-10-02T10:00:00Z"),
      listed("v2.10.0; rm -rf /", "2026-10-02T10:00:00Z"),
    ]);
    expect(newReleases(answer, small)).toEqual([
      { version: "v2.8.1", date: "2026-10-02" },
      { version: "v2.10.0-rc.1", date: "2026-10-01" },
      { version: "v2.10.0", date: "2026-10-13", newMinor: "2.10" },
      { version: "v2.10.1", date: "2026-10-20" },
    ]);
  });

  test.each([
    ["an error in place of a list", { message: "API rate limit exceeded", documentation_url: "https://docs.github.com" }],
    ["a release without a tag", [{ ...listed("v2.10.0", "2026-10-13T10:00:00Z"), tag_name: undefined }]],
    ["a day that is none", [listed("v2.10.0", "yesterday")]],
  ])("%s is refused", (_what, answer) => {
    expect(GithubReleases.safeParse(answer).success).toBe(false);
  });
});

describe("a release's own files", () => {
  test("come as base64", () => {
    const file = { type: "file", encoding: "base64", size: 3, name: "x", path: "x", content: "YcO8\nCg==\n" };
    expect(GithubFile.parse(file)).toBe("aü\n");
    expect(GithubFile.safeParse([file]).success).toBe(false); // a folder
  });

  test("name its controllers", () => {
    const text = kustomization(crdsOfRelease("source-controller", "v1.10.0"), crdsOfRelease("source-watcher", "v2.3.0"));
    expect([...controllersOf(text)]).toEqual([
      ["source-controller", { version: "v1.10.0", crds: crdsOfRelease("source-controller", "v1.10.0") }],
      ["source-watcher", { version: "v2.3.0", crds: crdsOfRelease("source-watcher", "v2.3.0") }],
    ]);
  });

  test.each([
    "https://github.com/fluxcd/source-controller/archive/v0.5.1.zip//source-controller-0.5.1/config/crd",
    "https://github.com/evil/source-controller/releases/download/v1.10.0/source-controller.crds.yaml",
    "https://github.com/fluxcd/source-controller/releases/download/v1.10.0/../../x/source-controller.crds.yaml",
    "https://github.com/fluxcd/source-controller/releases/download/vnext/source-controller.crds.yaml",
    "https://github.com/fluxcd/source-controller/releases/download/v1.10.0/helm-controller.crds.yaml",
  ])("of another form, such as %s, are refused: no address is guessed", (resource) => {
    expect(() => controllersOf(kustomization(resource))).toThrow("manifests/crds/kustomization.yaml");
  });

  test("tell the lowest Kubernetes, where they say it in the one form that we know", () => {
    expect(lowestKubernetesOf('var kubernetesConstraints = []string{\n\t">=1.34.0-0",\n}\n')).toBe("1.34");
    expect(() => lowestKubernetesOf('var kubernetesConstraints = []string{\n\t">=1.19.0-0",\n\t">=1.16.11-0 <=1.16.15-0",\n}')).toThrow(
      "cmd/flux/check.go",
    );
  });
});

describe("the proposed list of releases", () => {
  test("has each new one behind those of its minor, the minor's lowest Kubernetes, and today's date", () => {
    const proposed = withReleases(
      small,
      [
        { entry: entry("v2.8.1", "2026-10-02") },
        { entry: entry("v2.10.0", "2026-10-13"), kubernetesMin: "1.34" },
        { entry: entry("v2.10.1", "2026-10-20") },
      ],
      "2026-11-23",
    );
    expect(proposed?.asOf).toBe("2026-11-23");
    expect(proposed?.releases.map(({ version }) => version)).toEqual(["v2.8.0", "v2.8.1", "v2.9.0", "v2.10.0", "v2.10.1"]);
    expect(proposed?.minors).toEqual({ ...small.minors, "2.10": { kubernetesMin: "1.34" } });
    // What is written can be read, by the parser that the program reads it with.
    const read = parseReleases(JSON.parse(releasesText(proposed ?? small)), "proposed");
    expect(read.minors.map(({ minor }) => minor)).toEqual(["2.8", "2.9", "2.10"]);
    expect(small.releases).toHaveLength(2);
  });

  test("without news is proposed once in four weeks", () => {
    expect(withReleases(small, [], "2026-09-03")).toBeUndefined();
    expect(withReleases(small, [], "2026-09-04")).toEqual({ ...small, asOf: "2026-09-04" });
  });
});

describe("the proposed API versions", () => {
  const crd = (name: string, ...versions: object[]) =>
    dump({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name }, spec: { group: "x", versions } });
  const v1 = { name: "v1", served: true, storage: true, schema: {} };
  const v1beta2 = { name: "v1beta2", served: true, storage: false, deprecated: true, deprecationWarning: "gone soon", schema: {} };
  const known = ApisFile.parse({
    from: "v2.2.3",
    crds: [
      { crd: "alerts.notification.toolkit.fluxcd.io", since: [{ flux: "v2.2.3", versions: crdsOf(crd("a.b", v1beta2, v1))[0]?.versions }] },
    ],
  });

  test("are read from the CRDs of a controller's release", () => {
    expect(crdsOf(`---\n${crd("alerts.notification.toolkit.fluxcd.io", v1beta2, v1)}---\n`)).toEqual([
      {
        crd: "alerts.notification.toolkit.fluxcd.io",
        versions: [
          { name: "v1", served: true, storage: true, deprecated: false },
          { name: "v1beta2", served: true, storage: false, deprecated: true },
        ],
      },
    ]);
    expect(() => crdsOf("kind: Deployment\n")).toThrow();
    expect(() => crdsOf("Not Found")).toThrow();
  });

  test("change only where a CRD's do, and a new CRD comes last", () => {
    const same = crdsOf(crd("alerts.notification.toolkit.fluxcd.io", v1, v1beta2));
    expect(withApis(known, "v2.10.0", same)).toEqual(known);
    const less = [...crdsOf(crd("alerts.notification.toolkit.fluxcd.io", v1)), ...crdsOf(crd("news.source.toolkit.fluxcd.io", v1))];
    const changed = withApis(known, "v2.10.0", less);
    expect(
      changed.crds.map(
        ({ crd: name, since }) => `${name} ${since.map(({ flux, versions }) => `${flux}:${versions.map((each) => each.name)}`)}`,
      ),
    ).toEqual(["alerts.notification.toolkit.fluxcd.io v2.2.3:v1,v1beta2,v2.10.0:v1", "news.source.toolkit.fluxcd.io v2.10.0:v1"]);
  });
});

describe("the workflow", () => {
  const workflow = readFileSync(".github/workflows/data.yml", "utf8");
  const Job = z.looseObject({
    permissions: z.record(z.string(), z.string()),
    steps: z.array(z.looseObject({ uses: z.string().optional() })),
  });

  test("runs actions of a fixed commit only, with no rights but those of its job", () => {
    const { permissions, jobs } = z.looseObject({ permissions: z.unknown(), jobs: z.record(z.string(), Job) }).parse(load(workflow));
    expect(permissions).toEqual({});
    expect(Object.values(jobs).map((job) => job.permissions)).toEqual([{ contents: "write", "pull-requests": "write" }]);
    const actions = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    expect(actions.length).toBeGreaterThan(1);
    for (const action of actions) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40}$/);
    // Text of an event or an answer in a script would be run by the shell.
    expect(workflow.match(/\$\{\{[^}]*\}\}/g)?.filter((expression) => !/github\.token|steps\.tests\.outcome/.test(expression))).toEqual([]);
  });
});
