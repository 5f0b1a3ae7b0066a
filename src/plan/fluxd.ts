/**
 * fluxd's arguments as GitRepository, and what reports to a chat. Defaults are those of fluxd 1.25.4, written out where the toolkit's differ.
 * What it synced stands in fluxd-sync.ts, image automation in update-automation.ts, flags without an equal in untranslated-flags.ts.
 */
import { fluxdFeatures, readFluxdFlags } from "../detect/fluxd-flags.ts";
import type { Daemon } from "./daemon.ts";
import type { Draft } from "./draft.ts";
import { FlagAccount } from "./flag-account.ts";
import { addKustomizations } from "./fluxd-sync.ts";
import { code, command } from "./markdown.ts";
import { isObjectName, nameFrom } from "./names.ts";
import { gitAddress, type SourceAddress } from "./source-address.ts";
import { fluxdReason } from "./untranslated-flags.ts";

/** fluxd 1.25.4, cmd/fluxd/main.go */
const DEFAULTS = { branch: "master", gitPoll: "5m", gitTimeout: "20s", secret: "flux-git-deploy", key: "identity" } as const;

/** Secrets that a person makes: Flux 1 kept these things in other forms, or in files. */
const HTTPS_SECRET = "flux-git-auth";
const SIGNERS_SECRET = "flux-git-signers";
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
    const key = flags.text("k8s-secret-data-key") ?? DEFAULTS.key;
    const renamed = key === DEFAULTS.key ? "" : `, which Flux 2 reads as ${code(DEFAULTS.key)}`;
    ledger.left(flags.subject, `Secret ${secret}`, `needs known_hosts, and a place in ${namespace}: see the step Prepare`);
    ledger.chore(
      "Prepare",
      `Put the Secret ${source} into ${code(namespace)}${as}: its key ${code(key)} is Flux 1's private key${renamed}; known_hosts, which Flux 1 had in its image or a ConfigMap, must stand beside it. With the private key in a file ${code("identity")}:`,
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
