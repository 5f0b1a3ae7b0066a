/**
 * `node build/plugin-manifests.ts FOLDER`: by what krew and flux install our command as a plugin of theirs, made of the checksums that
 * FOLDER holds beside the archives. Writes into the same folder. Makes no archive, and uploads nothing.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump } from "js-yaml";
import { VERSION } from "../src/cli/version.ts";

const PROJECT_PAGE = "https://github.com/flux-migration/flux-migration-operator";
const CHECKSUMS = "checksums.txt";

export const ARCHES = ["amd64", "arm64"] as const;
export const SYSTEMS = ["darwin", "linux", "windows"] as const;

type System = (typeof SYSTEMS)[number];
type Arch = (typeof ARCHES)[number];

interface Archive {
  readonly system: System;
  readonly arch: Arch;
  readonly url: string;
  readonly sha256: string;
}

/** An archive is not in the list of checksums: a release without it would fail where somebody installs it. */
export class NoChecksum extends Error {
  override readonly name = "NoChecksum";
}

/** `flux-migration_0.1.0_linux_amd64.tar.gz`: the executable, LICENSE and the licences of others, without a folder around them. */
export function archiveName(system: System, arch: Arch): string {
  return `flux-migration_${VERSION}_${system}_${arch}.${system === "windows" ? "zip" : "tar.gz"}`;
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
  return SYSTEMS.flatMap((system) =>
    ARCHES.map((arch) => {
      const name = archiveName(system, arch);
      const sha256 = known.get(name);
      if (sha256 === undefined) throw new NoChecksum(`${CHECKSUMS} has no line for ${name}; want all six archives in it`);
      return { system, arch, url: `${source}/${name}`, sha256 };
    }),
  );
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
      platforms: archives.map(({ system, arch, url, sha256 }) => ({
        selector: { matchLabels: { os: system, arch } },
        uri: url,
        sha256,
        bin: `flux-migration${system === "windows" ? ".exe" : ""}`,
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
 * Writes `flux-migration.yaml` for krew and `migration.yaml` for flux; both take a plugin's name from the name of its file.
 * @param source where the archives can be downloaded; the release by default
 * @throws NoChecksum
 */
export async function pluginManifests(folder: string, source = `${PROJECT_PAGE}/releases/download/v${VERSION}`): Promise<void> {
  const archives = archivesOf(await readFile(join(folder, CHECKSUMS), "utf8"), source);
  await writeFile(join(folder, "flux-migration.yaml"), dump(krewManifest(archives), { lineWidth: -1 }));
  await writeFile(join(folder, "migration.yaml"), dump(fluxManifest(archives), { lineWidth: -1 }));
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write("usage: node build/plugin-manifests.ts FOLDER\n");
    process.exitCode = 2;
  } else await pluginManifests(folder);
}
