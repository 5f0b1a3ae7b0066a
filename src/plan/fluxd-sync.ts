/** What fluxd synced as Kustomizations: one for each of its outermost paths, with pruning, decryption and the namespaces that it was held to. */
import type { Feature } from "../detect/component-name.ts";
import type { Draft } from "./draft.ts";
import type { FlagAccount } from "./flag-account.ts";
import { innerPath, outermost } from "./inner-path.ts";
import { code, command } from "./markdown.ts";
import { isNamespaceName, nameFrom } from "./names.ts";

/** fluxd 1.25.4, cmd/fluxd/main.go */
const DEFAULTS = { interval: "5m", timeout: "1m" } as const;
/** Flux 1 had these keys in a keyring. */
const SOPS_SECRET = "flux-sops-keys";

/** The second is the older name of the first; fluxd put both into one list. */
const NAMESPACE_FLAGS = ["k8s-allow-namespace", "k8s-namespace-whitelist"] as const;

const FLAGS_OF_SYNC = [
  "sync-interval",
  "sync-timeout",
  "sync-garbage-collection",
  "sync-garbage-collection-dry",
  "sops",
  "k8s-default-namespace",
  ...NAMESPACE_FLAGS,
] as const;

/** @returns paths of the Kustomizations, `./x`; none where no path is within the repository */
export function addKustomizations(flags: FlagAccount, features: readonly Feature[], repository: string, draft: Draft): string[] {
  const { ledger, namespace } = draft;
  const given = flags.list("git-path");
  const paths = [...new Set((given.length === 0 ? [""] : given).map(innerPath))];
  const inside = paths.flatMap((path) => path ?? []);
  const whole = outermost(inside);
  const usable = whole.map(pathOf);
  if (usable.length === 0) {
    flags.left("git-path", "each path of it leads out of the repository: no Kustomization is written");
    for (const flag of FLAGS_OF_SYNC) flags.left(flag, "no path of --git-path is within the repository: no Kustomization is written");
    return [];
  }
  const names = usable.map((path) => {
    const wanted = usable.length === 1 ? repository : nameFrom(`${repository}-${path}`, repository);
    return draft.names.take("Kustomization", namespace, wanted);
  });
  const to = `Kustomization ${namespace}/${names.join(", ")}`;
  if (inside.length < paths.length) flags.left("git-path", "a path of it leads out of the repository");
  else flags.translated("git-path", `${to} spec.path${whole.length < inside.length ? ", the outermost" : ""}`);
  tellInner(flags, inside, whole, draft);
  accountForPruning(flags, to);
  const spec = {
    interval: flags.duration("sync-interval", DEFAULTS.interval, `${to} spec.interval`),
    timeout: flags.duration("sync-timeout", DEFAULTS.timeout, `${to} spec.timeout`),
    prune: features.includes("GarbageCollection"),
    suspend: true,
    sourceRef: { kind: "GitRepository", name: repository },
    decryption: decryption(flags, to, draft),
    targetNamespace: defaultNamespace(flags, to, draft),
    serviceAccountName: limits(flags, repository, to, draft),
  };
  usable.forEach((path, index) => {
    draft.add("Kustomization", namespace, names[index] ?? repository, { ...spec, path });
  });
  ledger.chore(
    "ApplySync",
    `fluxd passed over the folders of Helm charts; a Kustomization takes every YAML file of its path that no ${code("kustomization.yaml")} chooses. List charts, values and the like in ${code(".sourceignore")} first.`,
  );
  // Where a cluster is read, and not its Git, objects of most kinds are not seen.
  ledger.chore(
    "ApplySync",
    `Search Git for ${code("fluxcd.io/ignore")} on objects that this plan has not seen (of a cluster it reads workloads and HelmReleases alone), or does not translate. Put ${code("kustomize.toolkit.fluxcd.io/reconcile: disabled")} on each that says ${code("true")}, or the Kustomization applies what Flux 1 left alone; ${code("kustomize.toolkit.fluxcd.io/prune: disabled")} on each that says ${code("sync_only")}, which kept it from deletion alone:`,
    [command("grep", "-rnE", "(fluxcd\\.io|flux\\.weave\\.works)/ignore", ".")],
  );
  madeInFluxd(flags, draft);
  if (usable.length > 1)
    ledger.chore(
      "ApplySync",
      "Flux 1 applied all paths together; each is a Kustomization of its own now. Give one dependsOn where it needs another.",
    );
  return usable;
}

function pathOf(inner: string): string {
  return `./${inner}`;
}

/** A Kustomization takes all that is below its path: one more for a part of it would fight over that with the first. */
function tellInner(flags: FlagAccount, all: readonly string[], whole: readonly string[], { ledger }: Draft): void {
  const kept = new Set(whole);
  const inner = all.filter((path) => !kept.has(path));
  if (inner.length > 0)
    ledger.chore(
      "ApplySync",
      `Paths in ${code("--git-path")} of ${code(flags.subject)} that are within another: ${inner.map((path) => code(pathOf(path))).join(", ")}. The Kustomization of the outer one syncs them, as two would look after the same objects. Where a ${code("kustomization.yaml")} of the outer path chooses what is applied, see that it names them.`,
    );
}

/** What fluxd applied is not what stands in Git. */
function madeInFluxd(flags: FlagAccount, { ledger }: Draft): void {
  const subject = code(flags.subject);
  if (flags.isTrue("manifest-generation"))
    ledger.chore(
      "ApplySync",
      `${subject} applied what the generators of ${code(".flux.yaml")} printed; Flux 2 runs none, and would apply the files beside them as they stand. For each one found, make its kustomize overlay the path of a Kustomization, or have CI commit what it prints. Lift no suspension before the comparison below shows the same objects:`,
      [command("find", ".", "-name", ".flux.yaml")],
    );
  if (flags.isTrue("git-secret"))
    ledger.chore(
      "ApplySync",
      `${subject} decrypted the files of git-secret, which Flux 2 does not see. Encrypt each one found with SOPS, and give its Kustomization ${code("spec.decryption")}:`,
      [command("find", ".", "-name", "*.secret")],
    );
}

function accountForPruning(flags: FlagAccount, to: string): void {
  flags.translated("sync-garbage-collection", `${to} spec.prune`);
  const dry = flags.isTrue("sync-garbage-collection-dry");
  flags.left(
    "sync-garbage-collection-dry",
    dry
      ? "Flux 1 only logged what it would delete, so spec.prune is false; flux diff kustomization tells it in Flux 2"
      : "it is off, as without it",
  );
}

function decryption(flags: FlagAccount, to: string, draft: Draft) {
  const { ledger, namespace } = draft;
  flags.translated("sops", flags.isTrue("sops") ? `${to} spec.decryption` : `${to}, without decryption`);
  if (!flags.isTrue("sops")) return undefined;
  const name = draft.secretFor(flags.subject, namespace, SOPS_SECRET);
  flags.translated("git-gpg-key-import", `${to} spec.decryption.secretRef`);
  ledger.chore(
    "Prepare",
    `Export the private keys with which ${code(flags.subject)} decrypts (gpg --export-secret-keys --armor), and put them into the Secret ${code(name)} in ${code(namespace)} as ${code("sops.asc")}; keys of age as ${code("age.agekey")}. Where SOPS uses a cloud's KMS there is no such key: take ${code("secretRef")} out, and give kustomize-controller's ServiceAccount the role that fluxd had.`,
  );
  return { provider: "sops", secretRef: { name } };
}

function defaultNamespace(flags: FlagAccount, to: string, { ledger }: Draft): string | undefined {
  const wanted = flags.text("k8s-default-namespace");
  if (wanted === undefined || !isNamespaceName(wanted)) {
    flags.left("k8s-default-namespace", wanted === undefined ? "it is empty" : "it is no name of a namespace");
    return undefined;
  }
  flags.translated("k8s-default-namespace", `${to} spec.targetNamespace`);
  ledger.chore(
    "ApplySync",
    `${code("targetNamespace")} puts every object into ${code(wanted)}; Flux 1's --k8s-default-namespace only filled in where an object named none. Where objects name namespaces of their own, take ${code("targetNamespace")} out and name it in each object.`,
  );
  return wanted;
}

function limits(flags: FlagAccount, repository: string, to: string, { ledger, namespace }: Draft): string | undefined {
  const allowed = [...new Set(NAMESPACE_FLAGS.flatMap((flag) => flags.list(flag)))];
  if (allowed.length === 0 || !allowed.every(isNamespaceName)) {
    const why = allowed.length === 0 ? "it is empty: all namespaces were allowed" : "it holds what is no name of a namespace";
    for (const flag of NAMESPACE_FLAGS) flags.left(flag, why);
    return undefined;
  }
  for (const flag of NAMESPACE_FLAGS) flags.translated(flag, `${to} spec.serviceAccountName`);
  const account = `${namespace}:${repository}`;
  ledger.chore(
    "Prepare",
    `fluxd was held to some namespaces. Bind the ServiceAccount that its Kustomization now acts as there, with a role that allows every kind in its path (${code("admin")} knows no custom resources):`,
    [
      command("kubectl", "-n", namespace, "create", "serviceaccount", repository),
      ...allowed.map((each) =>
        command("kubectl", "-n", each, "create", "rolebinding", repository, "--clusterrole=admin", `--serviceaccount=${account}`),
      ),
    ],
  );
  ledger.chore(
    "ApplySync",
    `fluxd passed over objects of other namespaces, and applied those of no namespace. A Kustomization that may not apply one object applies none: take objects of other namespaces out of the path of ${code(repository)}, and give those of no namespace a Kustomization of their own, or the ServiceAccount a ClusterRole for them.`,
  );
  return repository;
}
