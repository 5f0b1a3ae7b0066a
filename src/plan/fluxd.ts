/**
 * fluxd's arguments as GitRepository, Kustomizations, and what reports to a chat. Defaults are those of fluxd 1.25.4, written out where the
 * toolkit's differ. Image automation stands in update-automation.ts, flags without an equal in untranslated-flags.ts.
 */
import type { Feature } from "../detect/component-name.ts";
import { fluxdFeatures, readFluxdFlags } from "../detect/fluxd-flags.ts";
import type { Daemon } from "./daemon.ts";
import type { Draft } from "./draft.ts";
import { FlagAccount } from "./flag-account.ts";
import { innerPath } from "./inner-path.ts";
import { code, command } from "./markdown.ts";
import { isNamespaceName, isObjectName, nameFrom } from "./names.ts";
import { gitAddress, type SourceAddress } from "./source-address.ts";
import { fluxdReason } from "./untranslated-flags.ts";

/** fluxd 1.25.4, cmd/fluxd/main.go */
const DEFAULTS = { branch: "master", gitPoll: "5m", gitTimeout: "20s", sync: "5m", syncTimeout: "1m", secret: "flux-git-deploy" } as const;

/** Secrets that a person makes: Flux 1 kept these things in other forms, or in files. */
const HTTPS_SECRET = "flux-git-auth";
const SIGNERS_SECRET = "flux-git-signers";
const SOPS_SECRET = "flux-sops-keys";
const CHAT_SECRET = "fluxcloud-webhook";

/** A fluxd whose repository is a GitRepository now. */
export interface SyncedFluxd {
  readonly flags: FlagAccount;
  readonly repository: string;
  readonly branch: string;
  /** `./x`; several where it had several. */
  readonly paths: readonly string[];
  readonly automates: boolean;
}

/** @returns undefined where there is no repository to read: then each flag is listed */
export function translateFluxd({ subject, args, component }: Daemon, draft: Draft): SyncedFluxd | undefined {
  const flags = new FlagAccount(subject, readFluxdFlags(args), draft.ledger);
  const address = gitAddress(flags.text("git-url") ?? "");
  if (address.at === "Unusable") {
    flags.left("git-url", address.why);
    flags.close((name) => `without a usable --git-url there is no GitRepository that it could stand in (${fluxdReason(name)})`);
    if (!flags.has("git-url")) draft.ledger.left(subject, "arguments", "they name no --git-url: this fluxd syncs nothing");
    return undefined;
  }
  const name = draft.names.take("GitRepository", draft.namespace, nameFrom(address.title, "fleet"));
  const to = `GitRepository ${draft.namespace}/${name}`;
  const branch = flags.text("git-branch") ?? DEFAULTS.branch;
  flags.translated("git-branch", `${to} spec.ref.branch`);
  draft.add("GitRepository", draft.namespace, name, {
    interval: flags.duration("git-poll-interval", DEFAULTS.gitPoll, `${to} spec.interval`),
    url: address.url,
    ref: { branch },
    timeout: flags.duration("git-timeout", DEFAULTS.gitTimeout, `${to} spec.timeout`, false),
    secretRef: gitSecret(flags, component.namespace, address, to, draft),
    verify: verification(flags, to, draft),
  });
  const features = fluxdFeatures(args);
  const paths = addKustomizations(flags, features, name, draft);
  report(flags, name, draft);
  const automates = features.includes("ImageAutomation");
  flags.translated("git-readonly", automates ? "image automation, as without it" : "no ImageUpdateAutomation");
  flags.translated("registry-disable-scanning", automates ? "image automation, as without it" : "no ImageUpdateAutomation");
  return { flags, repository: name, branch, paths, automates };
}

/** @param from fluxd's own namespace, where its Secret is */
function gitSecret(flags: FlagAccount, from: string, address: SourceAddress & { at: "Usable" }, to: string, draft: Draft) {
  const { ledger, namespace } = draft;
  flags.translated("git-url", `${to} spec.url`);
  if (address.scheme === "ssh") {
    const named = flags.text("k8s-secret-name") ?? DEFAULTS.secret;
    const secret = isObjectName(named) ? named : DEFAULTS.secret;
    if (secret === named) flags.translated("k8s-secret-name", `${to} spec.secretRef`);
    else flags.left("k8s-secret-name", "it is no name of a Secret");
    // The hosts share the key then, but known_hosts is of one of them.
    const name = draft.secretFor(`${from}/${secret} for ${address.host}`, namespace, secret);
    const source = from === namespace ? code(secret) : `${code(secret)} of ${code(from)}`;
    const as = name === secret ? "" : ` as ${code(name)}`;
    const key = "its key identity is Flux 1's private key; known_hosts, which Flux 1 had in its image or a ConfigMap, must stand beside it";
    ledger.left(flags.subject, `Secret ${secret}`, `needs known_hosts, and a place in ${namespace}: see the step Prepare`);
    ledger.chore(
      "Prepare",
      `Put the Secret ${source} into ${code(namespace)}${as}: ${key}. With the private key in a file ${code("identity")}:`,
      [command("flux", "create", "secret", "git", name, "-n", namespace, `--url=${address.url}`, "--private-key-file=identity")],
    );
    if (address.credentials)
      ledger.left(flags.subject, "credential in --git-url", "it is not copied: ssh is opened by the key of the Secret");
    return { name };
  }
  flags.left("k8s-secret-name", "it is for ssh, and --git-url is not ssh");
  if (!address.credentials) return undefined;
  const name = draft.secretFor(flags.subject, namespace, HTTPS_SECRET);
  credentialsMove(flags, name, draft);
  return { name };
}

function credentialsMove({ subject }: FlagAccount, secret: string, { ledger, namespace }: Draft): void {
  ledger.left(subject, "credential in --git-url", `it is not copied: move it to the Secret ${secret} in ${namespace}`);
  ledger.chore(
    "Prepare",
    `${code("--git-url")} of ${code(subject)} holds a credential, or takes one from the environment. Move it to the Secret ${code(secret)} in ${code(namespace)}, with the keys ${code("username")} and ${code("password")}.`,
  );
}

const VERIFY_FLAGS = ["git-verify-signatures", "git-verify-signatures-mode"] as const;

function verification(flags: FlagAccount, to: string, draft: Draft) {
  const { ledger, namespace } = draft;
  const mode = flags.text("git-verify-signatures-mode") ?? (flags.isTrue("git-verify-signatures") ? "all" : "none");
  if (mode !== "all") {
    const why = mode === "none" ? "signatures were not verified, and are not" : "Flux 2 verifies the head, not the first parents alone";
    for (const flag of VERIFY_FLAGS) flags.left(flag, why);
    if (!flags.has("git-signing-key")) flags.left("git-gpg-key-import", "nothing is verified or signed with these keys");
    return undefined;
  }
  for (const flag of VERIFY_FLAGS) flags.translated(flag, `${to} spec.verify`);
  flags.translated("git-gpg-key-import", `${to} spec.verify.secretRef`);
  const name = draft.secretFor(flags.subject, namespace, SIGNERS_SECRET);
  ledger.chore(
    "Prepare",
    `Put the public keys of those who sign commits for ${code(flags.subject)} into the Secret ${code(name)} in ${code(namespace)}, each as a file ${code("NAME.asc")}. Flux 1 verified all commits; Flux 2 verifies the head.`,
  );
  return { mode: "HEAD", secretRef: { name } };
}

const FLAGS_OF_SYNC = [
  "sync-interval",
  "sync-timeout",
  "sync-garbage-collection",
  "sync-garbage-collection-dry",
  "sops",
  "k8s-default-namespace",
  "k8s-allow-namespace",
] as const;

function addKustomizations(flags: FlagAccount, features: readonly Feature[], repository: string, draft: Draft): string[] {
  const { ledger, namespace } = draft;
  const given = flags.list("git-path");
  const paths = [...new Set((given.length === 0 ? [""] : given).map(innerPath))];
  const usable = paths.flatMap((path) => (path === undefined ? [] : [`./${path}`]));
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
  if (usable.length < paths.length) flags.left("git-path", "a path of it leads out of the repository");
  else flags.translated("git-path", `${to} spec.path`);
  accountForPruning(flags, to);
  const spec = {
    interval: flags.duration("sync-interval", DEFAULTS.sync, `${to} spec.interval`),
    timeout: flags.duration("sync-timeout", DEFAULTS.syncTimeout, `${to} spec.timeout`),
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
    `Search Git for ${code("fluxcd.io/ignore")} on objects that this plan has not seen (of a cluster it reads workloads and HelmReleases alone). Put ${code("kustomize.toolkit.fluxcd.io/reconcile: disabled")} on each, or the Kustomization applies what Flux 1 left alone:`,
    [command("grep", "-rnE", "(fluxcd\\.io|flux\\.weave\\.works)/ignore", ".")],
  );
  if (usable.length > 1)
    ledger.chore(
      "ApplySync",
      "Flux 1 applied all paths together; each is a Kustomization of its own now. Give one dependsOn where it needs another.",
    );
  return usable;
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
  ledger.chore(
    "Prepare",
    `Export the private keys with which ${code(flags.subject)} decrypts (gpg --export-secret-keys --armor), and put them into the Secret ${code(name)} in ${code(namespace)} as ${code("sops.asc")}; keys of age as ${code("age.agekey")}.`,
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
  const allowed = flags.list("k8s-allow-namespace");
  if (allowed.length === 0 || !allowed.every(isNamespaceName)) {
    flags.left(
      "k8s-allow-namespace",
      allowed.length === 0 ? "it is empty: all namespaces were allowed" : "it holds what is no name of a namespace",
    );
    return undefined;
  }
  flags.translated("k8s-allow-namespace", `${to} spec.serviceAccountName`);
  const account = `${namespace}:${repository}`;
  ledger.chore(
    "Prepare",
    "fluxd was held to some namespaces. Bind the ServiceAccount that its Kustomization now acts as there, with the role that you choose:",
    [
      command("kubectl", "-n", namespace, "create", "serviceaccount", repository),
      ...allowed.map((each) =>
        command("kubectl", "-n", each, "create", "rolebinding", repository, "--clusterrole=admin", `--serviceaccount=${account}`),
      ),
    ],
  );
  return repository;
}

/** What --connect reported to: fluxcloud posted to a chat. Its own settings, with the address, are not in fluxd's manifest. */
function report(flags: FlagAccount, repository: string, draft: Draft): void {
  const { ledger, namespace } = draft;
  const upstream = flags.text("connect");
  if (upstream === undefined || flags.text("token") !== undefined || upstream.includes("weave.works")) {
    flags.left("connect", upstream === undefined ? "it is empty" : "Weave Cloud has ended");
    return;
  }
  const provider = draft.names.take("Provider", namespace, "fluxcloud");
  const secret = draft.secretFor(flags.subject, namespace, CHAT_SECRET);
  const to = draft.add("Provider", namespace, provider, { type: "slack", secretRef: { name: secret } });
  const alert = draft.names.take("Alert", namespace, `fluxcloud-${repository}`);
  draft.add("Alert", namespace, alert, {
    providerRef: { name: provider },
    eventSeverity: "info",
    eventSources: [
      { kind: "GitRepository", name: "*" },
      { kind: "Kustomization", name: "*" },
    ],
    suspend: true,
  });
  flags.translated("connect", `${to}, Alert ${namespace}/${alert}`);
  ledger.chore(
    "ApplySync",
    `The chat's address is in the settings of the fluxcloud that ${code(flags.subject)} reported to. Put it into the Secret ${code(secret)} in ${code(namespace)} as ${code("address")}, and the kind of chat into ${code(`Provider ${provider}`)}; then lift ${code("suspend")} of the Alert.`,
  );
}
