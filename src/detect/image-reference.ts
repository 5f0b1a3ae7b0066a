/**
 * Reads the name of a container image by the grammar of the distribution project, with Docker's rule for where the registry ends.
 * Does not know which images are Flux (catalogue.ts), and reads no version out of a tag (version.ts).
 */

/** A valid image name in its parts. Nothing is added: no docker.io, no library, no latest. */
export interface ImageReference {
  /** Registry with its port, when the first segment is one: `ghcr.io`, `localhost:5000`, `[::1]:5000`. */
  domain?: string;
  /** Segments of the repository after the registry, one at least. */
  path: readonly string[];
  tag?: string;
  /** Algorithm and hexadecimal value, `sha256:...`. */
  digest?: string;
}

/** @returns the segments of the repository, behind the registry where there is one */
export function wholePath({ domain, path }: ImageReference): readonly string[] {
  return domain === undefined ? path : [domain, ...path];
}

/** What is wrong with a text that is no image name. */
export interface ImageReferenceProblem {
  problem: string;
}

/** Longer texts are no image name: registry 253 (DNS) and port, path 255, tag 128, digest 136 (sha512) make 780. The grammar itself sets
 *  no end to a registry or a digest; an end here keeps the reading of 200,000 characters as cheap as that of 20. */
const REFERENCE_CHARACTERS = 1024;
/** Of the path without the registry [1]. [1] distribution/reference, RepositoryNameTotalLengthMax */
const PATH_CHARACTERS = 255;

// The patterns are distribution/reference's, regexp.go, cut into parts that each read a text once.
const PATH_SEGMENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const HOST_LABEL = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const IPV6_HOST = /^\[[a-fA-F0-9:]+\]$/;
const PORT = /^[0-9]+$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const IMAGE_ID = /^[a-f0-9]{64}$/;
/** Digests of these algorithms have one length, and small letters [2]. [2] opencontainers/go-digest, algorithm.go */
const DIGEST_CHARACTERS: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);

/**
 * @param text an image as a container names it
 * @returns its parts, or what is wrong with it. Never throws; the cost does not grow beyond 1,024 characters.
 */
export function parseImageReference(text: string): ImageReference | ImageReferenceProblem {
  if (text.length > REFERENCE_CHARACTERS) return { problem: `it has ${text.length} characters, over ${REFERENCE_CHARACTERS}` };
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) return { problem: "its digest is not valid" };

  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const colon = beforeDigest.lastIndexOf(":");
  const tagged = colon > beforeDigest.lastIndexOf("/"); // a colon before the last slash belongs to a port or to IPv6
  const tag = tagged ? beforeDigest.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return { problem: "its tag is not valid" };

  const name = parseName(tagged ? beforeDigest.slice(0, colon) : beforeDigest);
  if ("problem" in name) return name;
  return { ...name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

function parseName(name: string): Pick<ImageReference, "domain" | "path"> | ImageReferenceProblem {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const domain = slash > 0 && isRegistry(first) ? first : undefined;
  const path = domain === undefined ? name : name.slice(slash + 1);

  if (domain !== undefined && !isDomain(domain)) return { problem: "its registry is not valid" };
  if (path === "") return { problem: "it names no repository" };
  if (path.length > PATH_CHARACTERS) return { problem: `its repository has ${path.length} characters, over ${PATH_CHARACTERS}` };
  if (domain === undefined && IMAGE_ID.test(path)) return { problem: "it is the id of an image, not a name" };
  const segments = path.split("/");
  if (!segments.every((segment) => PATH_SEGMENT.test(segment))) return { problem: "its repository is not valid" };
  return domain === undefined ? { path: segments } : { domain, path: segments };
}

/** Docker's rule: `fluxcd/flux` has no registry, `fluxcd.io/flux` has one. Read otherwise, the last two segments would be others. */
function isRegistry(first: string): boolean {
  return first.includes(".") || first.includes(":") || first === "localhost" || first !== first.toLowerCase();
}

function isDomain(domain: string): boolean {
  const hostEnd = domain.startsWith("[") ? domain.indexOf("]") + 1 : domain.indexOf(":");
  const host = hostEnd < 0 ? domain : domain.slice(0, hostEnd);
  const port = domain.slice(host.length);
  if (port !== "" && !(port.startsWith(":") && PORT.test(port.slice(1)))) return false;
  return host.startsWith("[") ? IPV6_HOST.test(host) : host.split(".").every((label) => HOST_LABEL.test(label));
}

function isDigest(digest: string): boolean {
  if (!DIGEST.test(digest)) return false;
  const colon = digest.indexOf(":");
  const characters = DIGEST_CHARACTERS.get(digest.slice(0, colon));
  const value = digest.slice(colon + 1);
  return characters === undefined || (value.length === characters && value === value.toLowerCase());
}
