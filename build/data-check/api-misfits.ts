/** API versions of the toolkit's CRDs against the releases and the catalogue. That a storage version is served, and their order, the parser sees to. */
import type { ApiVersions } from "../../src/assess/api-versions-file.ts";
import type { Catalogue } from "../../src/detect/catalogue.ts";
import { crdTrack } from "../../src/detect/crd.ts";
import { minorOfRelease, type ReleaseData } from "../../src/timetable/releases.ts";
import { type Misfit, misfit } from "./misfit.ts";

const FILE = "gotk-api-versions.json";

const VERSION = /^v[1-9]\d*((alpha|beta)[1-9]\d*)?$/;

export function apiMisfits(apis: ApiVersions, releases: ReleaseData, catalogue: Pick<Catalogue, "crds">): Misfit[] {
  const known = new Set(releases.releases.filter(({ stable }) => stable).map(({ version }) => version));
  const release = (path: PropertyKey[], tag: string) =>
    known.has(tag) ? [] : [misfit(FILE, path, tag, "a stable release that flux-releases.json holds")];
  const crds = apis.crds.flatMap(({ crd, since }, index) => {
    const path = ["crds", index];
    const track = crdTrack(crd, catalogue);
    const strange =
      track === "GitOpsToolkit" ? [] : [misfit(FILE, [...path, "crd"], crd, "a CRD of the toolkit, as crds of images.yaml has them")];
    const entries = since.flatMap(({ flux, versions }, order) => [
      ...release([...path, "since", order, "flux"], flux),
      ...versionNames(versions, [...path, "since", order, "versions"]),
    ]);
    return [...strange, ...entries, ...returned(since, path)];
  });
  return [...release(["from"], apis.from), ...crds, ...groupsWithout(apis, catalogue)];
}

/** What is right only where the CRDs of the newest minor serve what those before it did; undefined where they say themselves that it is not so. */
export function unchangedNewest(apis: ApiVersions, releases: ReleaseData): string | undefined {
  const newest = releases.minors.at(-1)?.minor;
  const changed = apis.crds.some(({ since }) => since.some(({ flux }) => minorOfRelease(flux) === newest));
  return changed
    ? undefined
    : `${FILE}: nothing changed with ${newest}; right only where its CRDs serve and store what those before it did`;
}

function versionNames(versions: readonly { readonly name: string }[], path: readonly PropertyKey[]): Misfit[] {
  return versions.flatMap(({ name }, index) => {
    const at = [...path, index, "name"];
    if (!VERSION.test(name)) return [misfit(FILE, at, name, "an API version (v1, v1beta2)")];
    const twin = versions.findIndex((each) => each.name === name);
    return twin < index ? [misfit(FILE, at, name, `a version of its own; versions[${twin}] is the same`)] : [];
  });
}

/** A version that is no longer served never comes back: the ladder past it would be wrong. */
function returned(since: ApiVersions["crds"][number]["since"], path: readonly PropertyKey[]): Misfit[] {
  const gone = new Set<string>();
  return since.flatMap(({ versions }, order) => {
    const served = new Set(versions.filter((version) => version.served).map(({ name }) => name));
    for (const { name } of since[order - 1]?.versions ?? []) if (!served.has(name)) gone.add(name);
    const back = [...served].filter((name) => gone.has(name));
    return back.map((name) => misfit(FILE, [...path, "since", order, "versions"], name, "none that an earlier release took away"));
  });
}

/** A group without versions would count as one that never changed. */
function groupsWithout({ crds }: ApiVersions, catalogue: Pick<Catalogue, "crds">): Misfit[] {
  return catalogue.crds.flatMap((row, index) => {
    if (!("group" in row) || row.track !== "GitOpsToolkit") return [];
    const present = crds.some(({ crd }) => crd.endsWith(`.${row.group}`));
    return present ? [] : [misfit("images.yaml", ["crds", index, "group"], row.group, `a group of which ${FILE} has a CRD`)];
  });
}
