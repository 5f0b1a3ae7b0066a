/** What fluxd's image automation becomes: one ImageUpdateAutomation for each repository that it wrote to. Which images: image-policies.ts. */
import type { Draft } from "./draft.ts";
import type { SyncedFluxd } from "./fluxd.ts";
import { code } from "./markdown.ts";
import { nameFrom } from "./names.ts";

/** fluxd 1.25.4, cmd/fluxd/main.go */
const DEFAULTS = { user: "Weave Flux", email: "support@weave.works", interval: "5m", skip: "[ci skip]" } as const;
const SIGNING_SECRET = "flux-git-signing-key";

const FLAGS_OF_AUTOMATION = ["git-user", "git-email", "git-signing-key", "git-ci-skip", "git-ci-skip-message"] as const;
const INTERVALS = ["automation-interval", "registry-poll-interval"] as const;

/**
 * The interval of automation, and of scanning: --registry-poll-interval is its old name, which counts where the new one is not given.
 * @param to where it stands now
 */
export function automationInterval({ flags }: SyncedFluxd, to: string): string {
  const [newer, older] = INTERVALS;
  if (!flags.has(newer)) return flags.duration(older, DEFAULTS.interval, to);
  flags.left(older, `--${newer} is given, and counts`);
  return flags.duration(newer, DEFAULTS.interval, to);
}

/** @param why there is none, where there is none: then its flags are listed */
export function translateUpdates(fluxd: SyncedFluxd, why: string | undefined, draft: Draft): void {
  const { flags, repository, branch, paths } = fluxd;
  if (why !== undefined) {
    for (const flag of [...FLAGS_OF_AUTOMATION, ...INTERVALS]) flags.left(flag, why);
    return;
  }
  const { ledger, namespace } = draft;
  const name = draft.names.take("ImageUpdateAutomation", namespace, nameFrom(repository, "fleet"));
  const [path, ...others] = paths;
  const to = draft.add("ImageUpdateAutomation", namespace, name, {
    interval: automationInterval(fluxd, `ImageUpdateAutomation ${namespace}/${name} spec.interval`),
    suspend: true,
    sourceRef: { kind: "GitRepository", name: repository },
    git: {
      checkout: { ref: { branch } },
      commit: {
        author: { name: flags.text("git-user") ?? DEFAULTS.user, email: flags.text("git-email") ?? DEFAULTS.email },
        ...message(fluxd),
        ...signing(fluxd, draft),
      },
      push: { branch },
    },
    update: { strategy: "Setters", path: others.length === 0 && path !== undefined ? path : "./" },
  });
  flags.translated("git-user", `${to} spec.git.commit.author.name`);
  flags.translated("git-email", `${to} spec.git.commit.author.email`);
  flags.translated("git-signing-key", `${to} spec.git.commit.signingKey`);
  for (const flag of ["git-ci-skip", "git-ci-skip-message"]) flags.translated(flag, `${to} spec.git.commit.messageTemplate`);
  ledger.chore(
    "ImageAutomation",
    `Image automation writes to ${code(branch)}: the credential of ${code(`GitRepository ${namespace}/${repository}`)} needs the right to push, as Flux 1's had.`,
  );
}

/** The text is a template of Go in Flux 2: braces of Flux 1's text must stay braces. */
function message({ flags }: SyncedFluxd): { messageTemplate?: string } {
  const skip = flags.text("git-ci-skip-message") ?? (flags.isTrue("git-ci-skip") ? DEFAULTS.skip : undefined);
  if (skip === undefined) return {};
  return { messageTemplate: `Update container images\n\n${skip.replaceAll("{{", '{{"{{"}}')}` };
}

function signing({ flags }: SyncedFluxd, draft: Draft) {
  if (flags.text("git-signing-key") === undefined) return {};
  const { ledger, namespace } = draft;
  const name = draft.secretFor(flags.subject, namespace, SIGNING_SECRET);
  ledger.chore(
    "ImageAutomation",
    `Export the private key with which ${code(flags.subject)} signed (gpg --export-secret-keys --armor), and put it into the Secret ${code(name)} in ${code(namespace)} as ${code("git.asc")}, with its ${code("passphrase")} where it has one.`,
  );
  flags.translated("git-gpg-key-import", `Secret ${namespace}/${name}`);
  return { signingKey: { secretRef: { name } } };
}
