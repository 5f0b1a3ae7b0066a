import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { detectWorkload } from "../../../src/detect/component.ts";
import { cpuMilliseconds } from "../cpu-time.ts";
import { catalogue, daemonSet, deployment, detect, managers, statefulSet, told, type WorkloadParts } from "./workload-builder.ts";

const image = "docker.io/fluxcd/flux:1.25.4";
const lines = (object: Parameters<typeof detect>[0]) => detect(object).map(told);
const read = (input: unknown) => {
  const reading = detectWorkload(input, "Deployment", catalogue, managers);
  if (reading.at === "Read") return reading.components.map(told).join("; ") || "nothing";
  return `${reading.problem.field} is ${reading.problem.found}; want ${reading.problem.want}`;
};

describe("workloads that are Flux", () => {
  test("fluxd, read-only", () =>
    expect(lines(deployment("flux", "flux", { image, args: ["--git-readonly", "--git-url=git@host:a/b"] }))).toEqual([
      "fluxd 1.25.4 (Tag) in flux/flux Deployment 1/1 ReadOnly,SyncRepository",
    ]));
  test("scaled to 0 is installed all the same", () =>
    expect(lines(deployment("flux", "renamed", { image, replicas: 0 }))).toEqual([
      "fluxd 1.25.4 (Tag) in flux/renamed Deployment 0/0 ImageAutomation",
    ]));
  test("a StatefulSet, not ready", () =>
    expect(
      lines(statefulSet("flux-system", "source-controller", { image: "fluxcd/source-controller:v1.6.2", replicas: 2, ready: 1 })),
    ).toEqual(["source-controller 1.6.2 (Tag) in flux-system/source-controller StatefulSet 1/2"]));
  test("a DaemonSet counts nodes", () =>
    expect(lines(daemonSet("ops", "cli", { image: "ghcr.io/fluxcd/flux-cli:v2.9.4", replicas: 5, ready: 4 }))).toEqual([
      "flux-cli 2.9.4 (Tag) in ops/cli DaemonSet 4/5",
    ]));
  test("a shell wrapper's flags count", () =>
    expect(
      lines(deployment("flux", "flux", { image, command: ["sh", "-c"], args: ["update-ca-certificates; exec fluxd --git-readonly"] })),
    ).toEqual(["fluxd 1.25.4 (Tag) in flux/flux Deployment 1/1 ReadOnly"]));
  test("two in one pod are two", () =>
    expect(lines(deployment("flux", "both", { image, beside: [{ name: "ho", image: "fluxcd/helm-operator:1.4.4" }] }))).toEqual([
      "fluxd 1.25.4 (Tag) in flux/both Deployment 1/1 ImageAutomation",
      "helm-operator 1.4.4 (Tag) in flux/both Deployment 1/1",
    ]));
  test("every field of a component", () =>
    expect(
      detect(
        deployment("flux-system", "sc", {
          image: "ghcr.io/fluxcd/source-controller:v1.6.2-fips",
          container: "manager",
          uid: "5",
          labels: {
            "app.kubernetes.io/version": "v2.6.4",
            "kustomize.toolkit.fluxcd.io/name": "flux-system",
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
          },
        }),
      ),
    ).toEqual([
      {
        name: "source-controller",
        track: "GitOpsToolkit",
        namespace: "flux-system",
        uid: "5",
        workload: { apiVersion: "apps/v1", kind: "Deployment", name: "sc" },
        container: "manager",
        image: "ghcr.io/fluxcd/source-controller:v1.6.2-fips",
        version: { known: true, value: "1.6.2", suffix: "fips", source: "Tag" },
        distribution: "v2.6.4",
        replicas: 1,
        readyReplicas: 1,
        features: [],
        manager: { managedBy: "Bootstrap", source: "Label" },
      },
    ]));
  test("without replicas, namespace, uid and status, as in a file", () => {
    const file = { metadata: { name: "flux" }, spec: { template: { spec: { containers: [{ name: "flux", image }] } } } };
    expect(read(file)).toBe("fluxd 1.25.4 (Tag) in default/flux Deployment 0/1 ImageAutomation");
  });
});

describe("workloads that are not", () => {
  test.each<[string, WorkloadParts]>([
    ["an image only borrowed", { image, command: ["sleep", "infinity"] }],
    ["an initContainer", { image: "nginx:1", initContainers: [{ name: "copy", image }] }],
    ["another flux", { image: "myteam/flux:1.0" }],
    ["an image that is no name, and not Flux", { image: "NGINX Latest" }],
    ["no image at all", {}],
  ])("%s", (_, parts) => expect(lines(deployment("n", "w", parts))).toEqual([]));
});

describe("malformed", () => {
  const withContainers = (...containers: unknown[]) => ({ metadata: { name: "w" }, spec: { template: { spec: { containers } } } });
  const good = { name: "flux", image };

  test.each<[string, unknown, string]>([
    ["null", null, " is null; want an object"],
    ["a list", [], " is a list; want an object"],
    ["no template", { metadata: { name: "w" }, spec: {} }, "spec.template is nothing; want an object"],
    ["no containers", withContainers(), "spec.template.spec.containers is a list; want one container at least"],
    [
      "replicas of another type",
      { ...withContainers(good), spec: { replicas: "1", ...withContainers(good).spec } },
      'spec.replicas is "1"; want a number',
    ],
    ["a container of another type", withContainers("x"), 'spec.template.spec.containers[0] is "x"; want an object'],
    ["args of another type", withContainers({ ...good, args: [1] }), "spec.template.spec.containers[0].args[0] is 1; want a string"],
    [
      "an image that may be Flux and is no name",
      withContainers({ image: "nginx" }, { image: "fluxcd/flux:\u001b[2J" }),
      'spec.template.spec.containers[1].image is "fluxcd/flux:\\u001b[2J"; want an image name: its tag is not valid',
    ],
    [
      "beside a good one it does not count",
      withContainers({ image: "fluxcd/flux:" }, 5, good),
      "fluxd 1.25.4 (Tag) in default/w Deployment 0/1 ImageAutomation",
    ],
    [
      "a name that escapes is made visible",
      { ...withContainers(good), metadata: { name: "a\u001b]0;x\u0007\nb" } },
      "fluxd 1.25.4 (Tag) in default/a\\u001b]0;x\\u0007\\u000ab Deployment 0/1 ImageAutomation",
    ],
  ])("%s", (_, input, told) => expect(read(input)).toBe(told));

  test("keys of an object's prototype change nothing", () => {
    const text = `{"__proto__": {"x": 1}, "metadata": {"name": "w", "labels": {"__proto__": "a", "constructor": "b"}, "annotations": {"__proto__": "c"}},
      "spec": {"template": {"spec": {"containers": [{"name": "f", "image": "${image}", "__proto__": {"command": ["cat"]}}]}}}}`;
    expect(read(JSON.parse(text))).toBe("fluxd 1.25.4 (Tag) in default/w Deployment 0/1 ImageAutomation");
  });

  test("a credential in a name that cannot be read is shown nowhere", () => {
    for (const image of ["https://user:s3cr3t-canary@host/fluxcd/flux:1.25.4", "user:s3cr3t-canary@host/fluxcd/flux:1.25.4"]) {
      const text = read(withContainers({ image }));
      expect(text).toContain("***@host/fluxcd/flux:1.25.4");
      expect(text).not.toContain("s3cr3t");
    }
  });

  test("a 200,000-character image is refused in 5 ms, and shown short", () => {
    const huge = withContainers({ image: `fluxcd/flux:${"a-".repeat(100_000)}` });
    const text = read(huge);
    expect(cpuMilliseconds(() => read(huge), 10)).toBeLessThan(5);
    expect(text).toMatch(/want an image name: it has 200012 characters, over 1024$/);
    expect(text.length).toBeLessThan(250);
  });

  test("a valid long image is cut, still whole at 512", () => {
    const long = `${"a".repeat(60)}.${"b".repeat(600)}/fluxcd/flux:1.0.0`;
    const [component] = detect(deployment("n", "w", { image: long }));
    expect(component?.image).toBe(`${long.slice(0, 512)}…`);
  });

  test("any value is read without an error thrown", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (input) => expect(["Read", "Malformed"]).toContain(detectWorkload(input, "DaemonSet", catalogue, managers).at)),
    );
  });

  test("a good workload with any one field replaced is read without an error thrown", () => {
    const whole = deployment("flux", "flux", { image, args: ["--x"], labels: { a: "b" }, annotations: { c: "d" } });
    const paths = [
      "metadata",
      "metadata.name",
      "metadata.labels",
      "metadata.annotations",
      "spec",
      "spec.replicas",
      "spec.template",
      "spec.template.metadata",
      "spec.template.spec",
      "spec.template.spec.containers",
      "spec.template.spec.containers.0",
      "spec.template.spec.containers.0.args",
      "status",
    ];
    const replace = (value: unknown, [key, ...rest]: string[], by: unknown): unknown => {
      if (key === undefined) return by;
      if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? replace(item, rest, by) : item));
      return Object.fromEntries(Object.entries(value ?? {}).map(([name, item]) => [name, name === key ? replace(item, rest, by) : item]));
    };
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.anything(), (path, by) => {
        expect(["Read", "Malformed"]).toContain(detectWorkload(replace(whole, path.split("."), by), "Deployment", catalogue, managers).at);
      }),
    );
  });
});
