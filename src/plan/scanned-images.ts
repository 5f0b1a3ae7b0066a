/** Which images fluxd looked for in registries, by its flags. Follows none itself. */
import type { ImageReference } from "../detect/image-reference.ts";
import type { FlagAccount } from "./flag-account.ts";
import { ECR_FLAGS, scansRegistry } from "./registry-access.ts";

/** fluxd 1.25.4, cmd/fluxd/main.go */
const EXCLUDED = ["k8s.gcr.io/*"] as const;
const FLAGS = { exclude: "registry-exclude-image", include: "registry-include-image" } as const;

/** What of an image's name Docker Hub leaves out, or has had otherwise. */
const DOCKER_HUB = "index.docker.io";
const HUB_DOMAINS: ReadonlySet<string> = new Set(["docker.io", DOCKER_HUB]);

/** Whether a fluxd with these flags scanned the image. It accounts for the flags. */
export function scans(flags: FlagAccount, image: ImageReference): boolean {
  for (const flag of [...Object.values(FLAGS), ...ECR_FLAGS]) flags.translated(flag, "ImagePolicy: which images have one");
  if (!scansRegistry(flags, image.domain ?? DOCKER_HUB)) return false;
  const name = canonicalName(image);
  const excluded = flags.has(FLAGS.exclude) ? flags.list(FLAGS.exclude) : EXCLUDED;
  const included = flags.list(FLAGS.include);
  return !excluded.some((glob) => fits(name, glob)) && (included.length === 0 || included.some((glob) => fits(name, glob)));
}

/** `index.docker.io/library/nginx` for nginx: what the globs are of. */
function canonicalName({ domain = DOCKER_HUB, path }: ImageReference): string {
  if (!HUB_DOMAINS.has(domain)) return [domain, ...path].join("/");
  return [DOCKER_HUB, ...(path.length === 1 ? ["library"] : []), ...path].join("/");
}

/** A star is any text, also none, and with slashes. No regular expression: many stars would cost it years. */
function fits(name: string, glob: string): boolean {
  const [first = "", ...others] = glob.split("*");
  const last = others.pop();
  if (last === undefined) return name === glob;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
