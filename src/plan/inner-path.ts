/** Paths within a repository or a chart. Flux 1 joined them to its root, so that a slash at the beginning leads nowhere else. */

/** @returns `apps/web`, empty for the root itself; undefined for a path that leads out, or holds what no one sees */
export function innerPath(path: string): string | undefined {
  if (/[\p{C}\u2028\u2029]/u.test(path)) return undefined;
  const inner: string[] = [];
  for (const segment of path.split("/").filter((each) => each !== "" && each !== ".")) {
    if (segment !== "..") inner.push(segment);
    else if (inner.pop() === undefined) return undefined;
  }
  return inner.join("/");
}

/** @returns those that stand in no other of them, each as innerPath wrote it */
export function outermost(paths: readonly string[]): string[] {
  const kept = new Set<string>();
  let last: string | undefined;
  // With a slash at its end, a path is followed at once by what is within it.
  for (const folder of paths.map(folderOf).toSorted()) {
    if (last !== undefined && folder.startsWith(last)) continue;
    last = folder;
    kept.add(folder);
  }
  return paths.filter((path) => kept.has(folderOf(path)));
}

function folderOf(path: string): string {
  return path === "" ? "" : `${path}/`;
}
