/** Annotations of workloads and HelmReleases: which policy, which marker line, and what a person must do. */
import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { stepsOf } from "../../../src/plan/steps.ts";
import { planFiles } from "../../../src/planning/plan-files.ts";
import { deployment } from "../detect/workload-builder.ts";
import { fluxd, helmOperator, helmRelease, leftOf, only, planned } from "./plan-builder.ts";

const web = (annotations: Record<string, string>, image = "r.example.com/shop/web:1.0.0") =>
  deployment("shop", "web", { image, annotations });
const automated = { "fluxcd.io/automated": "true" };
const plan = (...objects: unknown[]) => planned([fluxd([]), helmOperator(), ...objects]);
const policy = (filter: string) => only(plan(web({ ...automated, "fluxcd.io/tag.web": filter })), "ImagePolicy").spec;
const linesOf = (made: ReturnType<typeof plan>) => made.chores.flatMap(({ lines }) => lines?.text ?? []);

describe("filters", () => {
  test.each([
    ["semver:~1.4", { policy: { semver: { range: "~1.4" } } }],
    ["semver:*", { policy: { semver: { range: "*" } } }],
    ["glob:master-*", { policy: { numerical: { order: "asc" } }, filterTags: { pattern: "^master-(?P<order>.*)$", extract: "$order" } }],
    ["glob:*-a.b-*", { policy: { numerical: { order: "asc" } }, filterTags: { pattern: "^.*-a\\.b-(?P<order>.*)$", extract: "$order" } }],
    ["dev-*", { policy: { numerical: { order: "asc" } }, filterTags: { pattern: "^dev-(?P<order>.*)$", extract: "$order" } }],
    ["stable", { policy: { numerical: { order: "asc" } }, filterTags: { pattern: "^stable$" } }],
    ["glob:*", { policy: { numerical: { order: "asc" } } }],
    ["regex:^v([0-9]+)$", { policy: { numerical: { order: "asc" } }, filterTags: { pattern: "^v([0-9]+)$" } }],
    ["regexp:^v", { policy: { numerical: { order: "asc" } }, filterTags: { pattern: "^v" } }],
  ])("%s", (filter, spec) => expect(policy(filter)).toEqual({ imageRepositoryRef: { name: "web" }, ...spec }));

  test("without a filter all tags count, as glob:*", () => {
    const made = plan(web(automated));
    expect(only(made, "ImagePolicy").spec.filterTags).toBeUndefined();
  });

  test.each(["glob:master-*", "regex:^v", "stable"])("%s cannot choose by build time: a step for a person, and listed", (filter) => {
    const made = plan(web({ ...automated, "fluxcd.io/tag.web": filter }));
    expect(leftOf(made).join()).toContain("container web, filter: Flux 1 took the newest by build time");
    expect(made.chores.some(({ text }) => text.includes("sorts tags by number"))).toBe(true);
  });

  test("a version is exact: nothing to do for it", () => {
    expect(leftOf(plan(web({ ...automated, "fluxcd.io/tag.web": "semver:~1" }))).join()).not.toContain("build time");
  });

  test.each(["13.2", "v1", "9", "2021.04.01", "v1.2-rc1"])(
    "%s is a version to Flux 1 alone: told, for the policy passes over it",
    (tag) => {
      const made = plan(web({ ...automated, "fluxcd.io/tag.web": "semver:*" }, `r.example.com/shop/web:${tag}`));
      expect(leftOf(made)).toContainEqual(
        "container web, filter: Flux 1 read its tag as a version, and Flux 2 does not: ImagePolicy web passes over it",
      );
      expect(made.chores.find(({ text }) => text.includes("reads whole versions alone"))?.text).toContain(`\`${tag}\`, which`);
    },
  );

  test.each(["1.4.0", "v1.4.0", "1.4.0-rc.1", "latest", "main-1", "7f3c9d1", "2021_04_01", "1.2.3.4", "1a"])(
    "%s is the same to both",
    (tag) => {
      const made = plan(web({ ...automated, "fluxcd.io/tag.web": "semver:*" }, `r.example.com/shop/web:${tag}`));
      expect(leftOf(made).join()).not.toContain("passes over");
    },
  );

  test.each(["semver:", "", "glob:a\nb"])("%j chooses no tag", (filter) => {
    const made = plan(web({ ...automated, "fluxcd.io/tag.web": filter }));
    expect(made.objects.some(({ kind }) => kind === "ImagePolicy")).toBe(false);
    expect(leftOf(made)).toContainEqual("fluxcd.io/tag.web: its filter chooses no tag");
  });

  test.each(["fluxcd.io/tag.web", "filter.fluxcd.io/web", "flux.weave.works/tag.web"])("%s", (key) => {
    const prefix = key.startsWith("flux.weave") ? "flux.weave.works" : "fluxcd.io";
    const made = plan(web({ [`${prefix}/automated`]: "true", [key]: "semver:~3" }));
    expect(only(made, "ImagePolicy").spec.policy).toEqual({ semver: { range: "~3" } });
    expect(made.translations).toContainEqual({ subject: "Deployment shop/web", field: key, to: "ImagePolicy flux-system/web" });
  });
});

test("one ImageRepository an image and one policy a filter, shared", () => {
  const again = deployment("other", "web", {
    image: "r.example.com/shop/web:2.0.0",
    annotations: { ...automated, "fluxcd.io/tag.web": "semver:~1" },
  });
  const third = deployment("third", "web", {
    image: "r.example.com/shop/web:3",
    annotations: { ...automated, "fluxcd.io/tag.web": "semver:~3" },
  });
  const made = plan(web({ ...automated, "fluxcd.io/tag.web": "semver:~1" }), again, third);
  expect(only(made, "ImageRepository").spec.image).toBe("r.example.com/shop/web");
  expect(made.objects.filter(({ kind }) => kind === "ImagePolicy").map(({ metadata }) => metadata.name)).toEqual(["web", "web-2"]);
});

test("the exact line to mark in Git", () => {
  expect(linesOf(plan(web({ ...automated, "fluxcd.io/tag.web": "semver:~1" })))).toEqual([
    'image: r.example.com/shop/web:1.0.0 # {"$imagepolicy": "flux-system:web"}',
  ]);
});

test("a CronJob's template is one, too", () => {
  const job = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "night", namespace: "shop", annotations: automated },
    spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: "a", image: "x/y:1" }] } } } } },
  };
  expect(only(plan(job), "ImageRepository").spec.image).toBe("x/y");
});

test("locked: no policy, and said so", () => {
  const made = plan(web({ ...automated, "fluxcd.io/locked": "true", "fluxcd.io/locked_msg": "no", "fluxcd.io/tag.web": "semver:~1" }));
  expect(made.objects.some(({ kind }) => kind.startsWith("Image"))).toBe(false);
  expect(leftOf(made)).toEqual(
    expect.arrayContaining([
      "fluxcd.io/automated: it is locked: no ImagePolicy follows its images",
      "fluxcd.io/locked: Flux 2 locks nothing: without a marked line in Git no image is changed",
      "fluxcd.io/locked_msg: Flux 2 locks nothing",
    ]),
  );
});

test("ignored: no policy, as for what is locked", () => {
  const made = plan(web({ ...automated, "flux.weave.works/ignore": "true", "fluxcd.io/tag.web": "semver:~1" }));
  expect(made.objects.some(({ kind }) => kind.startsWith("Image"))).toBe(false);
  const why = "it is ignored: no ImagePolicy follows its images";
  expect(leftOf(made)).toEqual(expect.arrayContaining([`fluxcd.io/automated: ${why}`, `fluxcd.io/tag.web: ${why}`]));
});

test("ignore: the annotation of Flux 2 is a step", () => {
  const made = plan(web({ "fluxcd.io/ignore": "true" }));
  expect(linesOf(made)).toEqual(["kustomize.toolkit.fluxcd.io/reconcile: disabled"]);
  expect(made.chores.find(({ lines }) => lines)?.step).toBe("Prepare");
});

describe("ignore on an object of any kind", () => {
  const object = (kind: string, annotations: Record<string, unknown>, namespace?: string) => ({
    apiVersion: "v1",
    kind,
    metadata: { name: "x", ...(namespace === undefined ? {} : { namespace }), annotations },
    spec: [],
  });

  test.each([
    ["ConfigMap shop/x", object("ConfigMap", { "fluxcd.io/ignore": "true" }, "shop")],
    ["Service shop/x", object("Service", { "flux.weave.works/ignore": "true" }, "shop")],
    ["Namespace x", object("Namespace", { "fluxcd.io/ignore": "true" })],
    ["ConfigMap shop/x", object("ConfigMap", { "fluxcd.io/ignore": true, other: { a: 1 } }, "shop")],
  ])("%s", (subject, input) => {
    const made = plan(input);
    expect(made.translations.filter((each) => each.field.endsWith("/ignore")).map((each) => each.subject)).toEqual([subject]);
    expect(made.chores.find(({ lines }) => lines)?.text).toContain(`Put this annotation on \`${subject}\` in Git`);
  });

  test("other annotations of Flux 1 are listed", () => {
    const made = plan(object("ConfigMap", { "fluxcd.io/automated": "true", "fluxcd.io/strange": "1" }, "shop"));
    expect(leftOf(made)).toEqual(
      expect.arrayContaining(["fluxcd.io/automated: no image of it can be followed", "fluxcd.io/strange: Flux 2 has no equal"]),
    );
  });

  test("a cluster is not read for them: Git is to be searched, and each value has its own annotation", () => {
    const chore = plan().chores.find(({ commands }) => commands.includes("grep -rnE '(fluxcd\\.io|flux\\.weave\\.works)/ignore' ."));
    expect(chore?.text).toMatch(/reconcile: disabled` on each that says `true`.*prune: disabled` on each that says `sync_only`/);
  });
});

test("images of initContainers are followed as Flux 1 did", () => {
  const object = web({ ...automated, "fluxcd.io/tag.web": "semver:~1", "fluxcd.io/tag.migrate": "semver:~2" });
  Object.assign(object.spec.template.spec, { initContainers: [{ name: "migrate", image: "r.example.com/shop/migrate:2.0.0" }] });
  const made = plan(object);
  expect(linesOf(made)).toContain('image: r.example.com/shop/migrate:2.0.0 # {"$imagepolicy": "flux-system:migrate"}');
  expect(made.translations.map(({ field }) => field)).toContain("fluxcd.io/tag.migrate");
});

test("sync_only kept an object from deletion, and not from being applied", () => {
  const made = plan(web({ ...automated, "fluxcd.io/ignore": "sync_only" }));
  expect(linesOf(made)).toContain("kustomize.toolkit.fluxcd.io/prune: disabled");
  expect(made.translations.map(({ field }) => field)).toEqual(expect.arrayContaining(["fluxcd.io/ignore", "fluxcd.io/automated"]));
  expect(JSON.stringify(made.chores.filter(({ step }) => step === "Prepare"))).not.toContain("reconcile: disabled");
});

test("what says nothing to Flux 2 is listed: unknown keys, filters without automation, images by digest", () => {
  const digest = `x/y@sha256:${"0".repeat(64)}`;
  const made = plan(
    web({ "fluxcd.io/strange": "1", "fluxcd.io/tag.web": "semver:~1" }),
    deployment("b", "b", { image: digest, annotations: automated }),
  );
  expect(leftOf(made)).toEqual(
    expect.arrayContaining([
      "fluxcd.io/strange: Flux 2 has no equal",
      "fluxcd.io/tag.web: without fluxcd.io/automated it has no effect",
      "container b: its image is fixed by a digest",
      "fluxcd.io/automated: no image of it can be followed",
    ]),
  );
});

test("marks of programs are no one's input", () => {
  const marks = {
    "fluxcd.io/sync-checksum": "x",
    "kustomize.toolkit.fluxcd.io/reconcile": "disabled",
    "reconcile.fluxcd.io/requestedAt": "1",
  };
  expect(leftOf(plan(web(marks))).filter((line) => line.includes("/"))).toEqual([]);
});

test("image automation writes to Git: a step says so; pull Secrets are named", () => {
  const object = web(automated);
  Object.assign(object.spec.template.spec, { imagePullSecrets: [{ name: "registry-key" }] });
  const texts = plan(object).chores.map(({ text }) => text);
  expect(texts.some((text) => text.includes("needs the right to push"))).toBe(true);
  expect(texts.some((text) => text.includes("`registry-key`"))).toBe(true);
});

const marked = (line: string, policy: string) => `${line} # {"$imagepolicy": "flux-system:${policy}"}`;

describe("HelmRelease", () => {
  const released = (values: unknown, annotations: Record<string, string> = {}) =>
    plan(helmRelease({ values }, { annotations: { ...automated, ...annotations } }));
  /** Of the HelmRelease v2, and of what is to be marked in Git. */
  const markedIn = (made: ReturnType<typeof plan>) => {
    const text = planFiles(made, "2026-08-07").find(({ name }) => name.startsWith("40-"))?.text ?? "";
    const found = text.split("\n").filter((line) => line.includes("$imagepolicy"));
    return [...found.map((line) => line.trim()), ...linesOf(made)];
  };

  test.each([
    ["image in one", { image: "a/b:1.0" }, "a/b", marked("image: a/b:1.0", "b")],
    ["image beside tag", { image: "a/b", tag: "1.0" }, "a/b", marked("tag: '1.0'", "b:tag")],
    ["repository and tag", { image: { repository: "a/b", tag: 1 } }, "a/b", marked("tag: 1", "b:tag")],
    [
      "with a registry",
      { image: { registry: "r.example.com", repository: "a/b", tag: "1" } },
      "r.example.com/a/b",
      marked("tag: '1'", "b:tag"),
    ],
    ["within a part", { web: { image: { repository: "a/b", tag: "1" } } }, "a/b", marked("tag: '1'", "b:tag")],
  ])("%s", (_title, values, image, line) => {
    const made = released(values);
    expect(only(made, "ImageRepository").spec.image).toBe(image);
    expect(markedIn(made)).toEqual([line]);
  });

  test("where annotations say", () => {
    const made = released(
      { deep: { er: { repo: "a/b", version: "1" } } },
      { "repository.fluxcd.io/app": "deep.er.repo", "tag.fluxcd.io/app": "deep.er.version", "filter.fluxcd.io/app": "semver:~1" },
    );
    expect(only(made, "ImagePolicy").spec.policy).toEqual({ semver: { range: "~1" } });
    expect(markedIn(made)).toEqual([marked("version: '1'", "b:tag")]);
    expect(made.translations.map(({ field }) => field)).toEqual(
      expect.arrayContaining(["repository.fluxcd.io/app", "tag.fluxcd.io/app", "filter.fluxcd.io/app"]),
    );
  });

  test.each([
    ["by the usual names", { registry: "quay.io", image: "org/app:1.0.0" }, { "filter.fluxcd.io/chart-image": "semver:~1" }],
    [
      "where annotations say",
      { from: "quay.io", what: "org/app:1.0.0" },
      { "registry.fluxcd.io/app": "from", "image.fluxcd.io/app": "what", "filter.fluxcd.io/app": "semver:~1" },
    ],
  ])("a registry apart and no tag apart, %s: a marker would double the registry", (_title, values, annotations) => {
    const made = released(values, annotations);
    expect([made.objects.filter(({ kind }) => kind.startsWith("Image")), markedIn(made)]).toEqual([[], []]);
    for (const key of Object.keys(annotations))
      expect(leftOf(made)).toContainEqual(expect.stringMatching(`^${key}: its registry has a value of its own and its tag has none`));
  });

  test("v1 in Git is left as it is, and the newest image moves with the release", () => {
    const steps = stepsOf(released({ image: { repository: "a/b", tag: "1" } }));
    const texts = steps.find(({ name }) => name === "ApplyReleases")?.parts.map(({ text }) => text) ?? [];
    expect(texts[1]).toContain("first copy `spec.values.image.tag` from its HelmRelease v1 in Git");
    expect(texts[2]).toMatch(/^Put `40-helmrelease-shop-cart\.yaml` into Git, .* with the markers/);
    expect(steps.flatMap(({ chores }) => chores).filter(({ text }) => text.startsWith("Mark the image"))).toEqual([]);
    const unmarked = stepsOf(plan(helmRelease({ values: { image: "a/b:1" } }))).flatMap(({ parts }) => parts);
    expect(unmarked.filter(({ text }) => /first copy|markers/.test(text))).toEqual([]);
  });

  test("a marker changes no value, whatever stands beside it", () => {
    const values = { image: { repository: "a/b", tag: "1" }, mark: "markk0x markk0xk", $1: "$&", list: [{ tag: "1" }] };
    const made = released(values);
    const file = planFiles(made, "2026-08-07").find(({ name }) => name.startsWith("40-"));
    expect(load(file?.text ?? "")).toEqual(only(made, "HelmRelease"));
    expect(only(made, "HelmRelease").spec.values).toEqual(values);
    expect(markedIn(made)).toHaveLength(1);
  });

  test("an empty registry is none", () =>
    expect(markedIn(released({ registry: "", image: "org/app:1.0.0" }))).toEqual([marked("image: org/app:1.0.0", "app")]));

  test("no image in its values", () => expect(leftOf(released({}))).toContainEqual("fluxcd.io/automated: no image of it can be followed"));
});
