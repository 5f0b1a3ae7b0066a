/** Images that fluxd did not scan, by its flags for registries, have no policy. */
import { expect, test } from "@jest/globals";
import { deployment } from "../detect/workload-builder.ts";
import { fluxd, leftOf, planned } from "./plan-builder.ts";

const automated = { "fluxcd.io/automated": "true" };
const web = (annotations: Record<string, string>, image = "r.example.com/shop/web:1.0.0") =>
  deployment("shop", "web", { image, annotations });
const followed = (image: string, ...flags: string[]) =>
  planned([fluxd(flags), web(automated, image)]).objects.some(({ kind }) => kind === "ImagePolicy");

test.each([
  ["k8s.gcr.io/pause:3", [], false],
  ["k8s.gcr.io/pause:3", ["--registry-exclude-image=x"], true],
  ["r.example.com/a/b/c:1", ["--registry-exclude-image=r.example.com/*"], false],
  ["r.example.com/a/b/c:1", ["--registry-exclude-image=r.example.com/*/b"], true],
  ["r.example.com/a/b/c:1", ["--registry-exclude-image=*/a*b/c"], false],
  ["r.example.com/aa:1", ["--registry-exclude-image=r.example.com/a*aa"], true],
  ["r.example.com/a:1", ["--registry-exclude-image=x", "--registry-exclude-image=r.example.com/a"], false],
  ["nginx:1", ["--registry-exclude-image=nginx"], true],
  ["nginx:1", ["--registry-exclude-image=index.docker.io/library/nginx"], false],
  ["docker.io/org/app:1", ["--registry-include-image=index.docker.io/org/*"], true],
  ["r.example.com/a:1", ["--registry-include-image=index.docker.io/org/*"], false],
  ["r.example.com/a:1", ["--registry-include-image=r.example.com/*,x", "--registry-exclude-image=*/a"], false],
  [`r.example.com/${"a".repeat(200)}:1`, [`--registry-exclude-image=${"*a".repeat(60)}b`], true],
])("%s with %j", (image, flags, expected) => expect(followed(image, ...flags)).toBe(expected));

test("and both are told", () => {
  const made = planned([fluxd(["--registry-exclude-image=r.example.com/*"]), web({ ...automated, "fluxcd.io/tag.web": "semver:~1" })]);
  const why = "fluxd did not scan its image (--registry-exclude-image, --registry-include-image)";
  expect(leftOf(made)).toEqual(
    expect.arrayContaining([`fluxcd.io/tag.web: ${why}`, "fluxcd.io/automated: no image of it can be followed"]),
  );
  expect(made.translations.map(({ field }) => field)).toContain("--registry-exclude-image");
});
