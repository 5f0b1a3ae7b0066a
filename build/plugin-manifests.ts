/**
 * What krew and flux install our command by, as a plugin of theirs: a manifest each, made of the checksums of a release's archives. Reads
 * and writes no file, makes no archive, and uploads nothing.
 */
import { dump } from "js-yaml";
import { VERSION } from "../src/cli/version.ts";
import { CHECKSUMS } from "./checksums.ts";
import { archiveName, PLATFORMS } from "./executables/platforms.ts";

const PROJECT_PAGE = "https://github.com/flux-migration/flux-migration-operator";

interface Archive {
  /** As Go names them. */
  readonly system: string;
  readonly arch: string;
  /** Name of the executable in it. */
  readonly bin: string;
  readonly url: string;
  readonly sha256: string;
}

/** An archive is not in the list of checksums: a release without it would fail where somebody installs it. */
export class NoChecksum extends Error {
  override readonly name = "NoChecksum";
}

const SHORT = "Find Flux 1, and plan the move to Flux 2";

const DESCRIPTION = `Finds Flux 1, the Helm Operator and the GitOps Toolkit, in manifests or in a
cluster: their versions, their phase in the published Flux timetable, and what
to do next. Plans the move to Flux 2. Changes nothing.
`;

const CAVEATS = `For completion, link the same program once more, in a folder of your PATH:
  ln -s "$(command -v kubectl-flux_migration)" ~/bin/kubectl_complete-flux_migration
`;

/** @param checksums as sha256sum writes them @param source where the archives can be downloaded */
function archivesOf(checksums: string, source: string): Archive[] {
  const known = new Map(Array.from(checksums.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm), ([, sha256 = "", name = ""]) => [name, sha256]));
  return PLATFORMS.map((platform) => {
    const name = archiveName(platform, VERSION);
    const sha256 = known.get(name);
    if (sha256 === undefined) throw new NoChecksum(`${CHECKSUMS} has no line for ${name}; want those of all platforms in it`);
    const [system = "", arch = ""] = platform.name.split("-");
    return { system, arch, bin: platform.file, url: `${source}/${name}`, sha256 };
  });
}

/** What krew installs by. Source: kubernetes-sigs/krew, pkg/index/types.go */
function krewManifest(archives: readonly Archive[]): object {
  return {
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "flux-migration" },
    spec: {
      version: `v${VERSION}`,
      homepage: PROJECT_PAGE,
      shortDescription: SHORT,
      description: DESCRIPTION,
      caveats: CAVEATS,
      platforms: archives.map(({ system, arch, bin, url, sha256 }) => ({
        selector: { matchLabels: { os: system, arch } },
        uri: url,
        sha256,
        bin,
      })),
    },
  };
}

/** What `flux plugin install` installs by. Source: fluxcd/plugins, schemas/plugin-cli-v1beta1.json */
function fluxManifest(archives: readonly Archive[]): object {
  return {
    apiVersion: "cli.fluxcd.io/v1beta1",
    kind: "Plugin",
    name: "migration",
    description: SHORT,
    homepage: PROJECT_PAGE,
    source: PROJECT_PAGE,
    bin: "flux-migration",
    versions: [
      {
        version: VERSION,
        platforms: archives.map(({ system, arch, url, sha256 }) => ({ os: system, arch, url, checksum: `sha256:${sha256}` })),
      },
    ],
  };
}

/**
 * Both take a plugin's name from the name of its file.
 *
 * @param checksums of the archives, as sha256sum writes them
 * @param source where the archives can be downloaded; the release by default
 * @returns texts by the names of their files
 * @throws NoChecksum
 */
export function pluginManifests(checksums: string, source = `${PROJECT_PAGE}/releases/download/v${VERSION}`): ReadonlyMap<string, string> {
  const archives = archivesOf(checksums, source);
  return new Map([
    ["flux-migration.yaml", dump(krewManifest(archives), { lineWidth: -1 })],
    ["migration.yaml", dump(fluxManifest(archives), { lineWidth: -1 })],
  ]);
}
