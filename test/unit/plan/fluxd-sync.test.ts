/** What fluxd synced: which Kustomizations its arguments become, and what a person does before they sync. */
import { describe, expect, test } from "@jest/globals";
import { deployment } from "../detect/workload-builder.ts";
import { fluxd, leftOf, namesOf, only, planned } from "./plan-builder.ts";

const automated = deployment("shop", "web", { image: "r.example.com/web:1.0.0", annotations: { "fluxcd.io/automated": "true" } });
const from = (...args: string[]) => planned([fluxd(args), automated]);
const sync = (...args: string[]) => only(from(...args), "Kustomization").spec;
const updates = (...args: string[]) => only(from(...args), "ImageUpdateAutomation").spec;

test("one a path, from lists and repeated flags", () => {
  const plan = from("--git-path=apps,infra/", "--git-path=./apps");
  expect(plan.objects.filter(({ kind }) => kind === "Kustomization").map(({ metadata, spec }) => [metadata.name, spec.path])).toEqual([
    ["fleet-apps", "./apps"],
    ["fleet-infra", "./infra"],
  ]);
  expect(updates("--git-path=apps,infra")).toMatchObject({ update: { path: "./" } });
  expect(updates("--git-path=apps")).toMatchObject({ update: { path: "./apps" } });
});

test("where no path is within the repository there is no Kustomization, and nothing is said to stand in one", () => {
  const plan = from("--git-path=../x", "--sync-interval=7m", "--sync-garbage-collection", "--sops", "--k8s-allow-namespace=shop");
  expect(namesOf(plan).filter((name) => name.startsWith("Kustomization"))).toEqual([]);
  const why = "no path of --git-path is within the repository: no Kustomization is written";
  expect(leftOf(plan)).toEqual(
    expect.arrayContaining([
      "--git-path: each path of it leads out of the repository: no Kustomization is written",
      ...["sync-interval", "sync-garbage-collection", "sops", "k8s-allow-namespace"].map((flag) => `--${flag}: ${why}`),
    ]),
  );
  expect(JSON.stringify([plan.translations, plan.chores])).not.toMatch(/Kustomization flux-system|serviceaccount|sops/);
});

test("a path that goes up and down again within the repository is one of it", () => {
  const plan = from("--git-path=c/../d");
  expect(only(plan, "Kustomization").spec.path).toBe("./d");
  expect(leftOf(plan).join()).not.toContain("--git-path");
});

test("a path that leads out of the repository is listed", () => {
  const plan = from("--git-path=apps,a/../../etc");
  expect(only(plan, "Kustomization").spec.path).toBe("./apps");
  expect(leftOf(plan)).toContainEqual("--git-path: a path of it leads out of the repository");
});

test.each([
  [["--sync-interval=10m"], { interval: "10m" }],
  [["--sync-timeout=2m"], { timeout: "2m" }],
  [["--sync-garbage-collection"], { prune: true }],
  [["--sync-garbage-collection=false"], { prune: false }],
  [["--sync-garbage-collection-dry"], { prune: false }],
  [["--sync-garbage-collection", "--sync-garbage-collection-dry=true"], { prune: false }],
  [["--sync-garbage-collection", "--sync-garbage-collection-dry=false"], { prune: true }],
  [["--sops"], { decryption: { provider: "sops", secretRef: { name: "flux-sops-keys" } } }],
  [["--k8s-default-namespace=apps"], { targetNamespace: "apps" }],
  [["--k8s-allow-namespace=a,b"], { serviceAccountName: "fleet" }],
  [["--k8s-namespace-whitelist=a"], { serviceAccountName: "fleet" }],
])("%p", (flags, spec) => expect(sync(...flags)).toMatchObject(spec));

test("both names of the flag for namespaces make one list, and what lies outside must not stop the sync", () => {
  const { chores, translations } = from("--k8s-namespace-whitelist=a,b", "--k8s-allow-namespace=b", "--k8s-allow-namespace=c");
  const [, ...bindings] = chores.find(({ text }) => text.includes("held to some namespaces"))?.commands ?? [];
  expect(bindings.map((each) => each.split(" ")[2])).toEqual(["b", "c", "a"]);
  expect(translations.map(({ field }) => field)).toEqual(expect.arrayContaining(["--k8s-namespace-whitelist", "--k8s-allow-namespace"]));
  expect(chores.find(({ step, text }) => step === "ApplySync" && text.includes("other namespaces"))?.text).toContain("applies none");
});

test.each([
  ["--manifest-generation", "find . -name .flux.yaml"],
  ["--git-secret", "find . -name '*.secret'"],
])("with %s, what fluxd applied is not what stands in Git: a step of syncing", (flag, command) => {
  const chores = (given: string) => from(given).chores.filter(({ step }) => step === "ApplySync");
  expect(chores(flag).flatMap(({ commands }) => commands)).toContain(command);
  expect(chores(`${flag}=false`).flatMap(({ commands }) => commands)).not.toContain(command);
});

test("what is translated with a difference says so", () => {
  const texts = (...flags: string[]) =>
    from(...flags)
      .chores.map(({ text }) => text)
      .join("\n");
  expect(texts("--sops")).toContain("gpg --export-secret-keys");
  expect(texts("--sops")).toContain("a cloud's KMS");
  expect(texts("--k8s-default-namespace=apps")).toContain("only filled in where an object named none");
  const limited = from("--k8s-allow-namespace=a,b").chores.find(({ text }) => text.includes("held to some namespaces"));
  expect(limited?.commands).toEqual([
    "kubectl -n flux-system create serviceaccount fleet",
    "kubectl -n a create rolebinding fleet --clusterrole=admin --serviceaccount=flux-system:fleet",
    "kubectl -n b create rolebinding fleet --clusterrole=admin --serviceaccount=flux-system:fleet",
  ]);
  expect(leftOf(from("--sync-garbage-collection-dry"))).toContainEqual(
    "--sync-garbage-collection-dry: Flux 1 only logged what it would delete, so spec.prune is false; flux diff kustomization tells it in Flux 2",
  );
  expect(leftOf(from("--sync-garbage-collection-dry=false"))).toContainEqual("--sync-garbage-collection-dry: it is off, as without it");
});

describe("a path within another: two Kustomizations would look after what is in both", () => {
  const told = (...paths: string[]) => {
    const plan = from(`--git-path=${paths.join(",")}`);
    return {
      synced: plan.objects.filter(({ kind }) => kind === "Kustomization").map(({ spec }) => spec.path),
      said: plan.chores.find(({ text }) => text.includes("within another"))?.text,
      stands: plan.translations.find(({ field }) => field === "--git-path")?.to,
    };
  };

  test.each([
    [["a", "a/b"], ["./a"], "`./a/b`"],
    [["a/b/c", "x", "a", "a/b"], ["./x", "./a"], "`./a/b/c`, `./a/b`"],
    [["apps", "."], ["./"], "`./apps`"],
    [["/", "b", "a/"], ["./"], "`./b`, `./a`"],
    [["a!", "a/b", "a"], ["./a!", "./a"], "`./a/b`"],
  ])("%j: the outermost is kept, in its place, and the others are told", (paths, synced, within) => {
    const { said, ...made } = told(...paths);
    expect(made.synced).toEqual(synced);
    expect(said).toContain(`${within}. `);
    expect(made.stands).toMatch(/ spec\.path, the outermost$/);
  });

  test("the one that is left has the name and the path of the whole", () => {
    const plan = from("--git-path=a,a/b");
    expect(only(plan, "Kustomization").metadata.name).toBe("fleet");
    expect(updates("--git-path=a,a/b")).toMatchObject({ update: { path: "./a" } });
    expect(plan.chores.some(({ text }) => text.includes("applied all paths together"))).toBe(false);
  });

  test("names that only begin alike are no paths within each other", () => {
    const { synced, said, stands } = told("a", "a-b", "ab/c");
    expect([synced, said]).toEqual([["./a", "./a-b", "./ab/c"], undefined]);
    expect(stands).toMatch(/ spec\.path$/);
  });
});
