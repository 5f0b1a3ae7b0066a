/** For which Flux 2 a plan is, and the order of its steps: never do two controllers look after the same objects. */
import { describe, expect, test } from "@jest/globals";
import { checklist } from "../../../src/plan/checklist.ts";
import { stepsOf } from "../../../src/plan/steps.ts";
import { UnknownTarget } from "../../../src/plan/target.ts";
import { planFiles } from "../../../src/planning/plan-files.ts";
import { planSummary } from "../../../src/planning/summary.ts";
import { daemonSet, deployment } from "../detect/workload-builder.ts";
import { fluxd, helmOperator, helmRelease, only, planned } from "./plan-builder.ts";

/** source-, kustomize- and helm-controller of a minor. */
const TOOLKITS: Readonly<Record<string, [string, string, string]>> = {
  "2.2": ["v1.2.4", "v1.2.2", "v0.37.4"],
  "2.6": ["v1.6.2", "v1.6.1", "v1.3.0"],
  "2.8": ["v1.8.2", "v1.8.3", "v1.5.3"],
  "2.9": ["v1.9.4", "v1.9.4", "v1.6.3"],
};
const toolkit = (minor: string, namespace = "flux-system") =>
  ["source-controller", "kustomize-controller", "helm-controller"].map((name, index) =>
    deployment(namespace, name, {
      image: `ghcr.io/fluxcd/${name}:${TOOLKITS[minor]?.[index]}`,
      labels: { "app.kubernetes.io/part-of": "flux" },
    }),
  );
const automated = deployment("shop", "web", {
  image: "a/b:1",
  annotations: { "fluxcd.io/automated": "true", "fluxcd.io/tag.web": "semver:~1" },
});
const everything = [fluxd([]), helmOperator(), helmRelease(), helmRelease({}, { name: "web" }), automated];
const told = { asOf: "2026-08-07", folder: "plan", leftoversOut: false, skipped: 0 };

describe("target", () => {
  test.each([
    ["files: the newest", {}, [], "2.9", "Newest"],
    ["a new Kubernetes: the newest", { kubernetesVersion: "v1.36.3" }, [], "2.9", "Newest"],
    ["a Kubernetes that runs a supported minor: that one", { kubernetesVersion: "v1.32.0-gke.1" }, [], "2.7", "NewestHere"],
    ["an old Kubernetes, which runs none: the newest", { kubernetesVersion: "v1.20.2" }, [], "2.9", "Newest"],
    ["installed and supported: the same", { kubernetesVersion: "v1.36.3" }, toolkit("2.8"), "2.8", "Installed"],
    ["installed and out of support: the newest", { kubernetesVersion: "v1.36.3" }, toolkit("2.6"), "2.9", "Newest"],
    ["asked", { fluxVersion: "2.6" }, toolkit("2.8"), "2.6", "Asked"],
    ["asked with a patch", { fluxVersion: "v2.6.4" }, [], "2.6", "Asked"],
  ])("%s", (_title, input, installed, minor, because) => {
    const { target } = planned([fluxd([]), ...installed], input);
    expect([target.minor, target.because]).toEqual([minor, because]);
  });

  test("what needs a newer Kubernetes says which", () => {
    expect(planned([fluxd([])], { kubernetesVersion: "v1.20.2" }).target.needsKubernetes).toBe("1.33");
  });

  test.each(["2.2", "2.99", "1.0", "x", "", "2.9; rm"])("%j is refused with those that can be", (fluxVersion) => {
    expect(() => planned([], { fluxVersion })).toThrow(UnknownTarget);
    expect(() => planned([], { fluxVersion })).toThrow("want one of 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9");
  });

  test("API versions are those of the minor", () => {
    const of = (fluxVersion: string) => {
      const plan = planned(everything, { fluxVersion });
      return [only(plan, "GitRepository"), only(plan, "ImagePolicy"), only(plan, "HelmRepository")].map(({ apiVersion }) => apiVersion);
    };
    expect(of("2.6")).toEqual(["source.toolkit.fluxcd.io/v1", "image.toolkit.fluxcd.io/v1beta2", "source.toolkit.fluxcd.io/v1"]);
    expect(of("2.7")).toEqual(["source.toolkit.fluxcd.io/v1", "image.toolkit.fluxcd.io/v1", "source.toolkit.fluxcd.io/v1"]);
  });

  test("where the toolkit is, its objects go", () => {
    expect(planned([fluxd([]), ...toolkit("2.9", "gitops")]).namespace).toBe("gitops");
    expect(planned([fluxd([]), ...toolkit("2.9", "gitops"), ...toolkit("2.9")]).namespace).toBe("flux-system");
    expect(planned([fluxd([]), ...toolkit("2.9")], { toolkitNamespace: "other" }).namespace).toBe("other");
  });
});

describe("steps", () => {
  const names = (plan: ReturnType<typeof planned>) => stepsOf(plan).map(({ name }) => name);

  test("the official order", () => {
    expect(names(planned(everything, { kubernetesVersion: "v1.20.2" }))).toEqual([
      "UpgradeToolkit",
      "InstallToolkit",
      "Prepare",
      "StopFluxd",
      "ApplySync",
      "ImageAutomation",
      "StopHelmOperator",
      "ApplyReleases",
      "RemoveWorkloads",
      "RemoveLeftovers",
    ]);
  });

  test("only those that are needed", () => {
    expect(names(planned([helmOperator(), helmRelease(), ...toolkit("2.9")]))).toEqual([
      "StopHelmOperator",
      "ApplyReleases",
      "RemoveWorkloads",
      "RemoveLeftovers",
    ]);
    expect(names(planned([fluxd(["--git-url=https://h.example.com/a"]), ...toolkit("2.9")]))).toEqual([
      "StopFluxd",
      "ApplySync",
      "RemoveWorkloads",
    ]);
  });

  test.each([
    ["none", [fluxd([])], undefined],
    ["those of images", [fluxd([]), automated], "flux check --components-extra=image-reflector-controller,image-automation-controller"],
    [
      "one that flux bootstrap installs by itself",
      [fluxd(["--git-url=https://h.example.com/a", "--connect=ws://fluxcloud"])],
      "flux check --components=source-controller,kustomize-controller,helm-controller,notification-controller",
    ],
  ])("of an installed toolkit, controllers that these objects need are added first: %s", (_title, objects, command) => {
    const steps = stepsOf(planned([...toolkit("2.9"), ...objects]));
    expect(steps.find(({ name }) => name === "InstallToolkit")?.parts[0]?.commands).toEqual(command && [command]);
    expect(steps.findIndex(({ name }) => name === "InstallToolkit")).toBe(command === undefined ? -1 : 0);
  });

  test("flux bootstrap takes no --components without source-controller and kustomize-controller", () => {
    const [source] = toolkit("2.9");
    const [part] = stepsOf(planned([source, helmOperator(), helmRelease()])).find(({ name }) => name === "InstallToolkit")?.parts ?? [];
    expect(part?.commands).toEqual(["flux check --components=source-controller,kustomize-controller,helm-controller"]);
  });

  test("--components-extra also names those that are there: it takes the place of the one that was given", () => {
    const reflector = deployment("flux-system", "image-reflector-controller", {
      image: "ghcr.io/fluxcd/image-reflector-controller:v1.2.0",
      labels: { "app.kubernetes.io/part-of": "flux" },
    });
    const [part] = stepsOf(planned([...toolkit("2.9"), reflector, fluxd([]), automated])).flatMap(({ parts }) => parts);
    expect(part?.text).toContain("`image-automation-controller` was not seen");
    expect(part?.commands).toEqual(["flux check --components-extra=image-reflector-controller,image-automation-controller"]);
  });

  test("a command of a later step stands nowhere before: stop, then apply; stop, then release; release, then remove", () => {
    const commands = stepsOf(planned(everything)).flatMap(({ parts, chores }) => [...parts, ...chores].flatMap((each) => each.commands));
    const place = (text: string) => {
      const at = commands.findIndex((each) => each.includes(text));
      expect([text, at >= 0]).toEqual([text, true]);
      return at;
    };
    const order = [
      "scale deployment/flux --replicas=0",
      "apply -f 10-gitrepository-flux-system-fleet.yaml",
      "apply -f 20-kustomization-flux-system-fleet.yaml",
      "flux -n flux-system diff kustomization fleet --path=./",
      "resume kustomization fleet",
      "apply -f 52-imageupdateautomation",
      "resume image update fleet",
      "scale deployment/helm-operator --replicas=0",
      "apply -f 40-helmrelease-shop-cart.yaml",
      "-n shop resume helmrelease cart",
      "apply -f 40-helmrelease-shop-web.yaml",
      "-n shop resume helmrelease web",
      "delete deployment/flux",
      "delete crd",
    ].map(place);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  test("what acts comes suspended, and exactly one command resumes each", () => {
    const plan = planned(everything);
    const acting = plan.objects.filter(({ kind }) => ["Kustomization", "HelmRelease", "ImageUpdateAutomation"].includes(kind));
    expect(acting.map(({ spec }) => spec.suspend)).toEqual([true, true, true, true]);
    const text = checklist(plan, told.asOf);
    for (const { metadata } of acting) expect(text).toMatch(new RegExp(`-n ${metadata.namespace} resume [a-z ]+ ${metadata.name}\\n`));
    expect(text.match(/ resume /g)).toHaveLength(acting.length);
  });

  test("every file is applied in one step, once", () => {
    const plan = planned(everything);
    const text = checklist(plan, told.asOf);
    for (const { name } of planFiles(plan, told.asOf).filter(({ name }) => name.endsWith(".yaml")))
      expect([name, text.split(`kubectl apply -f ${name}\n`).length - 1]).toEqual([name, 1]);
  });

  test("releases wait for their HelmRepositories; one of an OCI registry has no status", () => {
    const oci = helmRelease({ chart: { repository: "oci://r.example.com/charts", name: "x", version: "1.0.0" } }, { name: "oci" });
    const step = stepsOf(planned([helmOperator(), helmRelease(), oci])).find(({ name }) => name === "ApplyReleases");
    expect(step?.parts[0]?.commands.filter((each) => each.includes(" wait "))).toEqual([
      "kubectl -n shop wait helmrepositories.source.toolkit.fluxcd.io/charts-example-com --for=condition=Ready --timeout=10m",
    ]);
  });

  test("a DaemonSet has no replicas: it is sent to nodes that are not there", () => {
    const plan = planned([daemonSet("flux", "flux", { image: "fluxcd/flux:1.25.4", args: ["--git-url=https://h.example.com/a"] })]);
    const [command] = stepsOf(plan).find(({ name }) => name === "StopFluxd")?.parts[0]?.commands ?? [];
    expect(command).toBe(
      `kubectl -n flux patch daemonset/flux -p '{"spec":{"template":{"spec":{"nodeSelector":{"flux-migration.dev/stopped":"true"}}}}}'`,
    );
  });

  test("what is removed of Flux 1 are not the Secrets that Flux 2 reads", () => {
    const removal = (namespace: string) => {
      const daemon = deployment(namespace, "flux", {
        image: "docker.io/fluxcd/flux:1.25.4",
        args: ["--git-url=git@h.example.com:a/fleet", "--sops"],
      });
      return stepsOf(planned([daemon])).find(({ name }) => name === "RemoveWorkloads")?.parts[0]?.text;
    };
    expect(removal("flux-system")).toMatch(
      /keep the Secrets that Flux 2 reads: `flux-system\/flux-git-deploy`, `flux-system\/flux-sops-keys`\.$/,
    );
    expect(removal("flux")).not.toContain("keep the Secrets");
  });

  test("nor those of charts and values, also where a chart made them that is uninstalled", () => {
    const chart = { git: "https://h.example.com/charts", path: "cart", secretRef: { name: "charts" } };
    const values = { valuesFrom: [{ secretKeyRef: { name: "cart-values" } }], values: { db: { secretRef: { name: "db" } } } };
    const release = helmRelease({ chart, ...values }, { namespace: "flux" });
    const flux1 = helmRelease(
      { chart: { repository: "https://charts.fluxcd.io", name: "helm-operator", version: "1.4.4" } },
      { name: "helm-operator", namespace: "flux" },
    );
    const removal = (...objects: unknown[]) =>
      stepsOf(planned([helmOperator(), release, ...objects])).find(({ name }) => name === "RemoveWorkloads")?.parts[0]?.text;
    const kept = "keep the Secrets that Flux 2 reads: `flux/charts`, `flux/cart-values`.";
    expect(removal()?.endsWith(kept)).toBe(true);
    expect(removal(flux1)).toContain(`${kept} Uninstalling a chart removes those that it made`);
  });

  test("an unsupported toolkit goes the way of the ladder first", () => {
    const crd = {
      name: "imagepolicies.image.toolkit.fluxcd.io",
      group: "image.toolkit.fluxcd.io",
      kind: "ImagePolicy",
      plural: "imagepolicies",
      scope: "Namespaced",
      track: "GitOpsToolkit",
      release: "v2.6.4",
      served: ["v1beta2"],
      storage: "v1beta2",
      stored: ["v1beta2"],
      established: true,
    } as const; // prettier-ignore
    const plan = planned([fluxd([]), ...toolkit("2.6")], {
      crds: [{ ...crd, served: ["v1beta2"], stored: ["v1beta2"] }],
      kubernetesVersion: "v1.36.3",
    });
    expect(plan.upgrade?.order).toBe("2.8, flux migrate, 2.9");
    expect(stepsOf(plan)[0]?.parts[0]?.text).toContain("Way: 2.8, flux migrate, 2.9.");
    expect(planSummary(plan, told)).toContain(
      "The toolkit in flux-system is 2.6: step 1 upgrades it (2.8, flux migrate, 2.9). For what runs now: --flux-version 2.6",
    );
  });
});

describe("a way that is not known is not invented", () => {
  const firstStep = (minor: string, input: Parameters<typeof planned>[1]) =>
    stepsOf(planned([fluxd([]), ...toolkit(minor)], input))[0]?.parts.map(({ text }) => text);

  test("files tell neither what is stored nor the Kubernetes version", () => {
    expect(firstStep("2.2", { files: 2 })).toEqual([
      "The manifests are for Flux 2.9. The toolkit in `flux-system` is 2.2. The way up depends on what the cluster stores and which Kubernetes it is: flux-migration scan --context tells it.",
    ]);
    expect(planSummary(planned([fluxd([]), ...toolkit("2.6")], { files: 2 }), told).split("\n")).toContain(
      "Target: Flux 2.9 (newest as of 2026-08-07). The toolkit in flux-system is 2.6: step 1 is its upgrade, by a way that is not known here. For what runs now: --flux-version 2.6",
    );
  });

  test("nor does a cluster whose CRDs may not be read", () => {
    const resource = "customresourcedefinitions.apiextensions.k8s.io";
    const unreadable = [{ resource, verb: "list", reason: "Forbidden", message: `${resource}: list is forbidden (403)` } as const];
    expect(firstStep("2.6", { unreadable, kubernetesVersion: "v1.36.3" })?.join()).toContain(
      "The way up is not known: the CRDs were not read.",
    );
  });

  test("a version that plan itself refuses is not named", () => {
    expect(planSummary(planned([fluxd([]), ...toolkit("2.2")], { files: 2 }), told)).not.toContain("--flux-version");
  });
});

test("the way up ends at the target, where this Kubernetes runs no newer one", () => {
  const plan = planned([fluxd([]), ...toolkit("2.6")], { kubernetesVersion: "v1.32.0" });
  expect([plan.target.minor, plan.upgrade?.order]).toEqual(["2.7", "2.7"]);
});
