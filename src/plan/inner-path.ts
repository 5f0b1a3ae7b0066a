/** Paths within a repository or a chart. Flux 1 joined them to its root, so that a slash at the beginning leads nowhere else. */

/** @returns `apps/web`, empty for the root itself; undefined for a path that leads out, or that no file can have */
export function innerPath(path: string): string | undefined {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return segments.includes("..") || /\p{Cc}/u.test(path) ? undefined : segments.join("/");
}
