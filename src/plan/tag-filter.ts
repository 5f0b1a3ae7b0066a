/**
 * How Flux 1 chose a tag, as the policy of an ImagePolicy. Flux 1 chose the newest image by the time of its build where no version was asked
 * for; Flux 2 sees tags alone, so such a policy needs tags that can be sorted. Knows no image.
 */

export interface TagPolicy {
  readonly policy: { readonly semver: { readonly range: string } } | { readonly numerical: { readonly order: "asc" } };
  readonly filterTags?: { readonly pattern: string; readonly extract?: string };
  /** False where a person must make the tags sortable first. By numbers on purpose: a tag that is none stops the policy, and chooses nothing wrong. */
  readonly exact: boolean;
}

/** A longer one is no filter that a person wrote. */
const FILTER_CHARACTERS = 1024;

/**
 * @param filter value of the annotation, `semver:~1.4`, `glob:master-*`, `regexp:^v`, or a glob without prefix; undefined where there is none
 * @returns undefined for a filter that holds nothing, or control characters
 */
export function tagPolicy(filter: string | undefined): TagPolicy | undefined {
  const text = filter ?? "glob:*";
  if (text.length > FILTER_CHARACTERS || /\p{Cc}/u.test(text)) return undefined;
  const [, kind = "glob", body = ""] = /^(?:(semver|glob|regexp?):)?(.*)$/.exec(text) ?? [];
  if (body.trim() === "") return undefined;
  if (kind === "semver") return { policy: { semver: { range: body.trim() } }, exact: true };
  const numerical = { numerical: { order: "asc" } } as const;
  // A regular expression is Go's in both; it stands as it is, since Flux 1 did not anchor it either.
  if (kind !== "glob") return { policy: numerical, filterTags: { pattern: body }, exact: false };
  return { policy: numerical, ...globFilter(body), exact: false };
}

/** Flux 1 read 13.2 and v1 as versions, Flux 2 reads whole ones alone. Source: fluxcd/pkg, version.ParseVersion */
const WHOLE_VERSION = /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:[-+]|$)/;

/** Source: github.com/Masterminds/semver, NewVersion, which fluxd used. */
const FLUX1_VERSION = /^v?\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** Whether the policy reads a tag that Flux 1 read. */
export function isRead({ policy }: TagPolicy, tag: string): boolean {
  return !("semver" in policy) || WHOLE_VERSION.test(tag) || !FLUX1_VERSION.test(tag);
}

/** `master-*` as `^master-(?P<order>.*)$`; the last star is what is sorted by. */
function globFilter(glob: string): Pick<TagPolicy, "filterTags"> {
  if (/^\*+$/.test(glob)) return {};
  const pieces = glob.split(/\*+/).map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const last = pieces.pop() ?? "";
  if (pieces.length === 0) return { filterTags: { pattern: `^${last}$` } };
  return { filterTags: { pattern: `^${pieces.join(".*")}(?P<order>.*)${last}$`, extract: "$order" } };
}
