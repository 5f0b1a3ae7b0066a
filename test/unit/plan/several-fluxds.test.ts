/** Several fluxds in one cluster: none gets another's name, Secret or interval. */
import { describe, expect, test } from "@jest/globals";
import { deployment } from "../detect/workload-builder.ts";
import { helmOperator, helmRelease, namesOf, planned } from "./plan-builder.ts";

const fluxdOf = (namespace: string, url: string, ...args: string[]) =>
  deployment(namespace, "flux", { image: "docker.io/fluxcd/flux:1.25.4", args: [`--git-url=${url}`, ...args] });

type Planned = ReturnType<typeof planned>;
const repositories = (plan: Planned) => plan.objects.filter(({ kind }) => kind === "GitRepository");
/** `ssh://git@one.example.com/a flux-git-deploy`, one a GitRepository. */
const secrets = (plan: Planned) =>
  repositories(plan).map(({ spec }) => `${spec.url} ${JSON.stringify(spec.secretRef).replace(/^.*:"|"}$/g, "")}`);
const commands = (plan: Planned) => plan.chores.flatMap((chore) => chore.commands.filter((each) => each.startsWith("flux create secret")));
const told = (plan: Planned) => plan.chores.map(({ text }) => text).join("\n");

test("two repositories, each by a name of its own", () => {
  const plan = planned([fluxdOf("flux", "git@one.example.com:a/fleet"), fluxdOf("team", "git@two.example.com:b/fleet")]);
  expect(namesOf(plan).filter((name) => name.startsWith("GitRepository"))).toEqual([
    "GitRepository flux-system/fleet",
    "GitRepository flux-system/fleet-2",
  ]);
});

test("one that only reads beside one that writes: its flags of automation have their reason", () => {
  const plan = planned([
    fluxdOf("flux", "git@one.example.com:a/fleet"),
    fluxdOf("team", "git@two.example.com:b/fleet", "--git-readonly", "--git-user=Bot"),
  ]);
  expect(plan.untranslated).toContainEqual({
    subject: "Deployment team/flux",
    field: "--git-user",
    reason: "fluxd runs without image automation (--git-readonly or --registry-disable-scanning)",
  });
});

describe("the interval of automation", () => {
  const automated = deployment("shop", "web", { image: "r.example.com/web:1.0.0", annotations: { "fluxcd.io/automated": "true" } });
  const intervals = (...objects: unknown[]) => {
    const plan = planned(objects);
    const told = [
      ...plan.translations.map(({ subject, field, to }) => `${subject} ${field} -> ${to}`),
      ...plan.untranslated.map(({ subject, field, reason }) => `${subject} ${field}: ${reason}`),
    ];
    const written = plan.objects.flatMap(({ kind, metadata, spec }) =>
      kind === "ImageUpdateAutomation" || kind === "ImageRepository" ? [`${kind} ${metadata.name} ${spec.interval}`] : [],
    );
    return { written, told: told.filter((line) => line.includes("-interval")) };
  };

  test("each fluxd's own; images are scanned at the first one's", () => {
    const one = fluxdOf("a", "git@one.example.com:o/one", "--automation-interval=1m");
    const two = fluxdOf("b", "git@two.example.com:o/two", "--automation-interval=10m");
    expect(intervals(one, two, automated)).toEqual({
      written: ["ImageRepository web 1m", "ImageUpdateAutomation one 1m", "ImageUpdateAutomation two 10m"],
      told: [
        "Deployment a/flux --automation-interval -> ImageRepository spec.interval",
        "Deployment a/flux --automation-interval -> ImageUpdateAutomation flux-system/one spec.interval",
        "Deployment b/flux --automation-interval -> ImageUpdateAutomation flux-system/two spec.interval",
      ],
    });
  });

  test("without an automated image it is left, and left alone", () => {
    expect(intervals(fluxdOf("a", "git@one.example.com:o/one", "--automation-interval=1m"))).toEqual({
      written: [],
      told: ["Deployment a/flux --automation-interval: no image is automated"],
    });
  });

  test("a reason is told once, also where it holds for two objects", () => {
    const both = ["--automation-interval=1m", "--registry-poll-interval=2m"];
    expect(intervals(fluxdOf("a", "git@one.example.com:o/one", ...both), automated).told).toContainEqual(
      "Deployment a/flux --registry-poll-interval: --automation-interval is given, and counts",
    );
    expect(intervals(fluxdOf("a", "git@one.example.com:o/one", ...both), automated).told).toHaveLength(3);
  });
});

describe("no host gets the credential of another", () => {
  test("a key of ssh for each, and a step that says whose it is", () => {
    const plan = planned([fluxdOf("a", "git@one.example.com:o/a"), fluxdOf("b", "git@two.example.com:o/b")]);
    expect(secrets(plan)).toEqual(["ssh://git@one.example.com/o/a flux-git-deploy", "ssh://git@two.example.com/o/b flux-git-deploy-2"]);
    expect(commands(plan)).toEqual([
      "flux create secret git flux-git-deploy -n flux-system --url=ssh://git@one.example.com/o/a --private-key-file=identity",
      "flux create secret git flux-git-deploy-2 -n flux-system --url=ssh://git@two.example.com/o/b --private-key-file=identity",
    ]);
    expect(told(plan)).toContain("Put the Secret `flux-git-deploy` of `a` into `flux-system`: ");
    expect(told(plan)).toContain("Put the Secret `flux-git-deploy` of `b` into `flux-system` as `flux-git-deploy-2`: ");
  });

  test("one Secret of one namespace is one, but for its known_hosts", () => {
    const other = { ...fluxdOf("a", "git@one.example.com:o/b"), metadata: { name: "flux-b", namespace: "a" } };
    const elsewhere = { ...fluxdOf("a", "git@two.example.com:o/c"), metadata: { name: "flux-c", namespace: "a" } };
    expect(secrets(planned([fluxdOf("a", "git@one.example.com:o/a"), other, elsewhere]))).toEqual([
      "ssh://git@one.example.com/o/a flux-git-deploy",
      "ssh://git@one.example.com/o/b flux-git-deploy",
      "ssh://git@two.example.com/o/c flux-git-deploy-2",
    ]);
  });

  test("a Secret that is in the toolkit's namespace already keeps its name, whoever comes first", () => {
    const plan = planned([fluxdOf("a", "git@one.example.com:o/a"), fluxdOf("flux-system", "git@two.example.com:o/b")]);
    expect(secrets(plan).toSorted()).toEqual([
      "ssh://git@one.example.com/o/a flux-git-deploy-2",
      "ssh://git@two.example.com/o/b flux-git-deploy",
    ]);
  });

  test("the Secret that flux bootstrap makes is never taken over", () => {
    const plan = planned([fluxdOf("a", "git@one.example.com:o/a", "--k8s-secret-name=flux-system")]);
    expect(secrets(plan)).toEqual(["ssh://git@one.example.com/o/a flux-system-2"]);
  });

  test("passwords, keys that sign and decrypt, and addresses of chats", () => {
    const flags = ["--git-verify-signatures", "--sops", "--connect=ws://fluxcloud", "--git-signing-key=AB"];
    const automated = deployment("shop", "web", { image: "r.example.com/web:1.0.0", annotations: { "fluxcd.io/automated": "true" } });
    const urls = ["https://u:one@one.example.com/a", "https://u:two@two.example.com/b"] as const;
    const plan = planned([fluxdOf("a", urls[0], ...flags), fluxdOf("b", urls[1], ...flags), automated]);
    const named = [...JSON.stringify(plan.objects).matchAll(/"secretRef":{"name":"([^"]+)"}/g)].map(([, name]) => name);
    const wanted = ["fluxcloud-webhook", "flux-git-auth", "flux-git-signers", "flux-git-signing-key", "flux-sops-keys"];
    expect(named.toSorted()).toEqual(wanted.flatMap((name) => [name, `${name}-2`]).toSorted());
    for (const name of wanted.flatMap((each) => [each, `${each}-2`])) expect(told(plan)).toContain(`\`${name}\``);
  });

  test("the Helm Operator's keys are not fluxd's, and not of another host", () => {
    const chart = (name: string, git: string) => helmRelease({ chart: { git, path: "x" } }, { name, namespace: "flux-system" });
    const releases = [chart("one", "git@one.example.com:o/charts"), chart("two", "git@two.example.com:o/charts")];
    expect(secrets(planned([fluxdOf("a", "git@one.example.com:o/a"), helmOperator(), ...releases]))).toEqual([
      "ssh://git@one.example.com/o/a flux-git-deploy",
      "ssh://git@one.example.com/o/charts flux-git-deploy-2",
      "ssh://git@two.example.com/o/charts flux-git-deploy-3",
    ]);
  });

  test("a Secret that a release has in its own namespace is not written over by a copy", () => {
    const chart = (name: string, secretRef: Record<string, string>) =>
      helmRelease({ chart: { git: `git@${name}.example.com:o/c`, path: "x", secretRef } }, { name });
    const plan = planned([helmOperator(), chart("one", { name: "key", namespace: "a" }), chart("two", { name: "key" })]);
    expect(secrets(plan)).toEqual(["ssh://git@one.example.com/o/c key-2", "ssh://git@two.example.com/o/c key"]);
  });

  test("Secrets of two namespaces are copied under two names", () => {
    const chart = (name: string, namespace: string) =>
      helmRelease({ chart: { git: `git@${name}.example.com:o/c`, path: "x", secretRef: { name: "key", namespace } } }, { name });
    const plan = planned([helmOperator(), chart("one", "a"), chart("two", "b")]);
    expect(secrets(plan)).toEqual(["ssh://git@one.example.com/o/c key", "ssh://git@two.example.com/o/c key-2"]);
    expect(told(plan)).toContain("Copy the Secret `key` of `b` into `shop` as `key-2`: ");
  });
});
