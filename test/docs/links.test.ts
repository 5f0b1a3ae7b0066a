/** Every link of our pages that leads into the project leads somewhere, and every page is reached. */
import { existsSync, statSync } from "node:fs";
import { dirname, normalize } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { anchorsOf, linksOf, PAGES } from "./pages.ts";

const inside = (page: string) =>
  linksOf(page)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor] = target.split("#");
      return { target, file: path === "" ? page : normalize(`${dirname(page)}/${path}`), anchor };
    });

describe.each(PAGES)("%s", (page) => {
  test("leads to files and headings that are there", () => {
    const dead = inside(page).filter(
      ({ file, anchor }) => !existsSync(file) || (anchor !== undefined && statSync(file).isFile() && !anchorsOf(file).has(anchor)),
    );
    expect(dead.map(({ target }) => target)).toEqual([]);
  });
});

test("every page is reached from the README", () => {
  const reached = new Set<string>();
  const follow = (page: string) => {
    if (reached.has(page) || !page.endsWith(".md") || !existsSync(page)) return;
    reached.add(page);
    for (const { file } of inside(page)) follow(file);
  };
  follow("README.md");
  expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
});

test("our own address leads to files that are there", () => {
  const ours = "https://github.com/flux-migration/flux-migration-operator/blob/main/";
  const targets = PAGES.flatMap(linksOf).filter((target) => target.startsWith(ours));
  expect(targets.filter((target) => !existsSync(target.slice(ours.length).split("#")[0] ?? ""))).toEqual([]);
});
