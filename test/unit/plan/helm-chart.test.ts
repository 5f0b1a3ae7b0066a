/** Where a HelmRelease's chart and values come from, in v1 and in v2. */
import { describe, expect, test } from "@jest/globals";
import { helmOperator, helmRelease, leftOf, namesOf, only, planned } from "./plan-builder.ts";

const plan = (spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) =>
  planned([helmOperator(), helmRelease(spec, metadata)]);
const spec = (fields: Record<string, unknown> = {}) => only(plan(fields), "HelmRelease").spec;
const left = (fields: Record<string, unknown>) => leftOf(plan(fields));
const gitChart = (fields: Record<string, unknown> = {}) => ({
  chart: { git: "git@git.example.com:shop/charts", path: "charts/cart", ...fields },
});

describe("chart of a Helm repository", () => {
  test("one HelmRepository an address and namespace", () => {
    const made = planned([
      helmOperator(),
      helmRelease(),
      helmRelease({}, { name: "web" }),
      helmRelease({}, { name: "x", namespace: "other" }),
    ]);
    expect(namesOf(made).filter((name) => name.startsWith("HelmRepository"))).toEqual([
      "HelmRepository other/charts-example-com",
      "HelmRepository shop/charts-example-com",
    ]);
  });

  test("oci", () => {
    const made = plan({ chart: { repository: "oci://r.example.com/charts", name: "cart", version: "1.0.0" } });
    expect(only(made, "HelmRepository").spec).toEqual({ type: "oci", interval: "3m", url: "oci://r.example.com/charts" });
  });

  test.each(["stable", "s3://bucket/charts", "git+https://h.example.com/x"])("%s is no address for Flux 2", (repository) => {
    const made = plan({ chart: { repository, name: "cart", version: "1" } });
    expect(namesOf(made)).toEqual([]);
    expect(leftOf(made)[0]).toMatch(/^spec.chart.repository: Flux 2 reads Helm repositories over/);
  });

  test("credentials were in repositories.yaml: the flag is listed, and each repository that may need one is a step", () => {
    const made = planned([helmOperator(["--enabled-helm-versions=v3", "--helm-repository-import=v3:/r.yaml"]), helmRelease()]);
    expect(leftOf(made)).toContainEqual(
      "--helm-repository-import: credentials of Helm repositories are Secrets named by each HelmRepository",
    );
    expect(made.chores.find(({ step }) => step === "Prepare")?.text).toMatch(
      /for `https:\/\/charts.example.com\/`, put it into a Secret in `shop`, and name that in `spec.secretRef` of the `HelmRepository shop\/charts-example-com`.$/,
    );
    expect(plan().chores).toEqual([]);
  });
});

describe("chart in Git", () => {
  test("GitRepository, and the path as the chart", () => {
    const made = plan(gitChart());
    expect(only(made, "GitRepository")).toMatchObject({
      metadata: { name: "charts", namespace: "shop" },
      spec: {
        url: "ssh://git@git.example.com/shop/charts",
        ref: { branch: "master" },
        interval: "5m",
        timeout: "20s",
        secretRef: { name: "flux-git-deploy" },
      },
    });
    expect(only(made, "HelmRelease").spec.chart).toEqual({
      spec: { chart: "./charts/cart", sourceRef: { kind: "GitRepository", name: "charts" }, interval: "5m" },
    });
    expect(made.chores.some(({ text }) => text.includes("reconcileStrategy: Revision"))).toBe(true);
  });

  test.each([
    ["main", { branch: "main" }],
    ["v1.2.3", { tag: "v1.2.3" }],
    ["a".repeat(40), { commit: "a".repeat(40) }],
    ["refs/heads/x", { name: "refs/heads/x" }],
  ])("ref %s", (ref, expected) => expect(only(plan(gitChart({ ref })), "GitRepository").spec.ref).toEqual(expected));

  test.each([
    ["v1.2.3", ["`v1.2.3` is taken for a tag in `spec.ref` of `GitRepository shop/charts`"]],
    ["a1b2c3d", ["`a1b2c3d` is taken for a branch in `spec.ref` of `GitRepository shop/charts`"]],
    ["master", []],
    ["a".repeat(40), []],
    ["refs/heads/x", []],
  ])("what ref %s is taken for, if it is a guess", (ref, wanted) => {
    const guesses = plan(gitChart({ ref })).chores.flatMap(({ text }) => (text.includes("is taken for") ? [text.replace(/:.*/, "")] : []));
    expect(guesses).toEqual(wanted);
  });

  test("secretRef, also of another namespace", () => {
    const made = plan(gitChart({ git: "https://git.example.com/x", secretRef: { name: "key", namespace: "flux" } }));
    expect(only(made, "GitRepository").spec.secretRef).toEqual({ name: "key" });
    expect(made.chores.some(({ text }) => text.includes("Copy the Secret `key` of `flux` into `shop`"))).toBe(true);
  });

  test("a public one over https has no Secret; skipDepUpdate is listed", () => {
    const made = plan(gitChart({ git: "https://git.example.com/x", skipDepUpdate: true }));
    expect(only(made, "GitRepository").spec.secretRef).toBeUndefined();
    expect(leftOf(made)).toContainEqual("spec.chart.skipDepUpdate: Flux 2 always resolves what a chart from Git depends on");
  });

  test.each([
    ["/charts/cart/", "./charts/cart"],
    ["./charts//cart", "./charts/cart"],
    ["/", "./"],
  ])("path %j is within the repository", (path, chart) =>
    expect(only(plan(gitChart({ path })), "HelmRelease").spec.chart).toMatchObject({ spec: { chart } }),
  );

  test("a path out of the repository", () => expect(namesOf(plan(gitChart({ path: "../../x" })))).toEqual([]));
});

describe("values", () => {
  const hostile = JSON.parse('{"a":"yes","b":[1,{"c":null}],"__proto__":{"x":1},"constructor":"c","n":0.1,"m":"012"}');

  test("the same", () => expect(spec({ values: hostile }).values).toEqual(hostile));

  test.each([
    ["a number that has lost digits", 2 ** 53 + 2, "so large a number has lost digits: quote it"],
    ["a number that JSON has not", Number.POSITIVE_INFINITY, "JSON has no such number: quote it"],
  ])("%s", (_title, value, why) => {
    const made = plan({ values: { a: { b: value } } });
    expect(namesOf(made)).toEqual([]);
    expect(leftOf(made)[0]).toBe(`spec.values.a.b: ${why}. Nothing of this object is translated`);
  });

  test("within themselves", () => {
    const values: Record<string, unknown> = {};
    values.self = values;
    expect(leftOf(plan({ values }))[0]).toMatch(/^spec.values: it is nested too deeply, or within itself/);
  });

  test("sources, in order: valueFileSecrets first", () => {
    const fields = {
      valueFileSecrets: [{ name: "old" }],
      valuesFrom: [{ configMapKeyRef: { name: "a" } }, { secretKeyRef: { name: "b", key: "k.yaml", optional: true, namespace: "shop" } }],
    };
    expect(spec(fields).valuesFrom).toEqual([
      { kind: "Secret", name: "old", valuesKey: "values.yaml" },
      { kind: "ConfigMap", name: "a", valuesKey: "values.yaml" },
      { kind: "Secret", name: "b", valuesKey: "k.yaml", optional: true },
    ]);
  });

  test("of several in one item, the Helm Operator took the first", () => {
    const fields = { valuesFrom: [{ chartFileRef: { path: "x.yaml" }, secretKeyRef: { name: "b" }, configMapKeyRef: { name: "a" } }] };
    expect(spec(fields).valuesFrom).toEqual([{ kind: "ConfigMap", name: "a", valuesKey: "values.yaml" }]);
    expect(spec(fields).chart).not.toHaveProperty("spec.valuesFiles");
    expect(left(fields)).toEqual([
      "spec.valuesFrom[0].secretKeyRef: configMapKeyRef comes first: it had no effect",
      "spec.valuesFrom[0].chartFileRef: configMapKeyRef comes first: it had no effect",
    ]);
  });

  test("of another namespace: a copy that a step makes, and that the release waits for", () => {
    const fields = {
      valuesFrom: [
        { secretKeyRef: { name: "b", namespace: "vault", key: "k.yaml" } },
        { configMapKeyRef: { name: "c", namespace: "flux", optional: true } },
      ],
    };
    expect(spec(fields).valuesFrom).toEqual([
      { kind: "Secret", name: "vault-b", valuesKey: "k.yaml" },
      { kind: "ConfigMap", name: "flux-c", valuesKey: "values.yaml" },
    ]);
    const chores = plan(fields).chores.filter(({ step }) => step === "Prepare");
    expect(chores.map(({ text }) => text)).toEqual([
      expect.stringContaining("Copy it into `shop` as `vault-b`, and again when it changes."),
      expect.stringMatching(/Copy it into `shop` as `flux-c`.* It was optional: where there is none, take it out/),
    ]);
    expect(left(fields)).toEqual([
      "spec.valuesFrom[1].configMapKeyRef.optional: a person puts these values there, and Flux 2 waits for them",
    ]);
  });

  test("one copy of one Secret, and one for each of one name", () => {
    const from = (...namespaces: string[]) => ({
      valuesFrom: namespaces.map((namespace) => ({ secretKeyRef: { name: "b-c", namespace } })),
    });
    const other = helmRelease({ valuesFrom: [{ secretKeyRef: { name: "c", namespace: "x-b" } }] }, { name: "web" });
    const made = planned([helmOperator(), helmRelease(from("x", "x", "y")), other]);
    const names = made.objects.flatMap(({ spec: { valuesFrom } }) => valuesFrom ?? []);
    expect(names).toMatchObject(["x-b-c", "x-b-c", "y-b-c", "x-b-c-2"].map((name) => ({ name })));
  });

  test("names that are there already are not taken: of what a release reads, and of files", () => {
    const held = (kind: string, name: string) => ({ apiVersion: "v1", kind, metadata: { name, namespace: "shop" } });
    const copied = (...names: string[]) => names.map((name) => ({ secretKeyRef: { name, namespace: "other" } }));
    const reading = {
      valueFileSecrets: [{ name: "other-b" }],
      valuesFrom: [{ secretKeyRef: { name: "other-a" } }, { configMapKeyRef: { name: "cart-external-values", namespace: "shop" } }],
    };
    const cart = helmRelease({ valuesFrom: [...copied("a", "b", "c", "d"), { externalSourceRef: { url: "https://x.example.com" } }] });
    const web = helmRelease(reading, { name: "web" });
    const elsewhere = helmRelease({ valuesFrom: [{ secretKeyRef: { name: "other-d" } }] }, { namespace: "else" });
    const made = planned([helmOperator(), cart, web, elsewhere, held("Secret", "other-c"), held("ConfigMap", "other-d")]);
    const of = made.objects.find(
      ({ kind, metadata }) => kind === "HelmRelease" && metadata.name === "cart" && metadata.namespace === "shop",
    );
    const names = ["other-a-2", "other-b-2", "other-c-2", "other-d", "cart-external-values-2"];
    expect(of?.spec.valuesFrom).toMatchObject(names.map((name) => ({ name })));
  });

  test("from an address: a ConfigMap that a step makes, in its place in the order, and the address is not told", () => {
    const fields = {
      valuesFrom: [
        { externalSourceRef: { url: "https://u:s3cr3t-canary@x.example.com", optional: true } },
        { secretKeyRef: { name: "b" } },
      ],
    };
    expect(spec(fields).valuesFrom).toMatchObject([
      { kind: "ConfigMap", name: "cart-external-values" },
      { kind: "Secret", name: "b" },
    ]);
    expect(plan(fields).chores.find(({ step }) => step === "Prepare")?.commands).toEqual([
      "kubectl -n shop create configmap cart-external-values --from-file=values.yaml",
    ]);
    expect(JSON.stringify(plan(fields))).not.toContain("s3cr3t-canary");
  });

  test("files of the chart, behind its values.yaml; of a chart in Git, from the repository's root", () => {
    const valuesFrom = [{ chartFileRef: { path: "overrides/a.yaml", optional: true } }];
    expect(spec({ valuesFrom }).chart).toMatchObject({
      spec: { valuesFiles: ["values.yaml", "overrides/a.yaml"], ignoreMissingValuesFiles: true },
    });
    expect(spec({ ...gitChart(), valuesFrom }).chart).toMatchObject({
      spec: { valuesFiles: ["./charts/cart/values.yaml", "./charts/cart/overrides/a.yaml"] },
    });
    const chore = plan({ valuesFrom }).chores.find(({ text }) => text.includes("files of the chart come first"))?.text;
    expect(chore).toContain("the chart's version is `1.2.3+1` in Flux 2, which changes its version label, and can restart pods");
    expect(chore).toContain("put what the files hold into a ConfigMap");
  });

  test("optional files beside others, and files out of the chart, are listed", () => {
    const fields = {
      valuesFrom: [
        { chartFileRef: { path: "a.yaml", optional: true } },
        { chartFileRef: { path: "/b.yaml" } },
        { chartFileRef: { path: "../c" } },
      ],
    };
    expect(left(fields)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^spec.valuesFrom\[0\].chartFileRef.optional: /),
        expect.stringMatching(/^spec.valuesFrom\[2\].chartFileRef: /),
      ]),
    );
    expect(spec(fields).chart).toMatchObject({ spec: { valuesFiles: ["values.yaml", "a.yaml", "b.yaml"] } });
  });
});
