import { expect, test } from "@jest/globals";
import { exclusion, isWithinExcluded } from "../../../src/files/exclusion.ts";

test.each([
  ["testdata", "deploy/testdata", true],
  ["testdata", "testdata", true],
  ["testdata", "deploy/testdata.yaml", false],
  ["testdata/", "deploy/testdata", true],
  ["*.tmpl.yaml", "deploy/a.tmpl.yaml", true],
  ["*.yaml", "deploy/a.yml", false],
  ["{a,b}.yaml", "deploy/b.yaml", true],
  ["deploy/*", "deploy/a", true],
  ["deploy/*", "other/deploy/a", false],
  ["./deploy/a", "deploy/a", true],
  ["**/vendor/**", "charts/vendor/a/b.yaml", true],
  ["**/vendor/**", "vendor/a.yaml", true],
  ["/srv/deploy/*.yaml", "/srv/deploy/a.yaml", true],
  [".hidden", "a/.hidden", true],
])("%s leaves out %s: %s", (pattern, path, wanted) => {
  expect(exclusion([pattern])(path)).toBe(wanted);
});

test("leaves out what one of several patterns names, and nothing without any", () => {
  expect(["a", "b", "c"].filter(exclusion(["a", "x/y", "b"]))).toEqual(["a", "b"]);
  expect(exclusion([])("a")).toBe(false);
});

test("what stands below is left out as well, however far", () => {
  const excluded = exclusion(["testdata", "/srv/old"]);
  expect(["testdata/a/b.yaml", "/srv/old/a.yaml", "/srv/new/a.yaml", "a.yaml"].map((path) => isWithinExcluded(path, excluded))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
