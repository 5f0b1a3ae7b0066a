/** Paths within a repository or a chart. Flux 1 joined them to its root, so that a slash at the beginning leads nowhere else. */

/** @returns `apps/web`, empty for the root itself; undefined for a path that leads out, or that no file can have */
export function innerPath(path: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return undefined;
  const inner: string[] = [];
  for (const segment of path.split("/").filter((each) => each !== "" && each !== ".")) {
    if (segment !== "..") inner.push(segment);
    else if (inner.pop() === undefined) return undefined;
  }
  return inner.join("/");
}
