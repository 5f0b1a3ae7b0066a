/** Images that fluxd did not scan, by its flags for registries, have no policy. */
import { expect, test } from "@jest/globals";
import { deployment } from "../detect/workload-builder.ts";
import { fluxd, leftOf, only, planned } from "./plan-builder.ts";

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
  ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1", [], true],
  ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1", ["--registry-ecr-region=us-east-1,eu-west-1"], true],
  ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1", ["--registry-ecr-region=us-east-1"], false],
  ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1", ["--registry-ecr-include-id=210987654321"], false],
  ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1", ["--registry-ecr-exclude-id=123456789012"], false],
  ["602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1", [], false],
  ["602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1", ["--registry-ecr-exclude-id=1"], true],
  ["r.example.com/a:1", ["--registry-ecr-region=us-east-1"], true],
  [`r.example.com/${"a".repeat(200)}:1`, [`--registry-exclude-image=${"*a".repeat(60)}b`], true],
])("%s with %j", (image, flags, expected) => expect(followed(image, ...flags)).toBe(expected));

const repositoryOf = (image: string, ...flags: string[]) => {
  const made = planned([fluxd(flags), web(automated, image)]);
  const told = made.chores.find(({ text }) => text.startsWith("`ImageRepository flux-system/"))?.text;
  return { ...only(made, "ImageRepository").spec, told, left: leftOf(made).filter((line) => line.startsWith("--registry-")) };
};

test.each([
  ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1", "aws", "It has `provider: aws`"],
  ["acme.azurecr.io/a:1", undefined, "Where it is private, set `provider: azure`"],
  ["gcr.io/acme/a:1", undefined, "Where it is private, set `provider: gcp`"],
  ["eu.gcr.io/acme/a:1", undefined, "Where it is private, set `provider: gcp`"],
  ["europe-docker.pkg.dev/acme/a/a:1", undefined, "Where it is private, set `provider: gcp`"],
])("%s, to which fluxd could log in by itself", (image, provider, told) => {
  const repository = repositoryOf(image);
  expect(repository).toMatchObject({ image: image.replace(/:1$/, ""), left: [] });
  expect(Reflect.get(repository, "provider")).toBe(provider);
  expect(repository.told).toContain(told);
});

test.each([
  "docker.io/a/b:1",
  "a/b:1",
  "notgcr.io/a:1",
  "gcr.io.example.com/a:1",
  "x.amazonaws.com/a:1",
  "1.dkr.ecr.cn-north-1.amazonaws.com.cn/a:1",
])("%s needs no login", (image) => {
  expect(repositoryOf(image)).not.toHaveProperty("provider");
  expect(repositoryOf(image).told).toBeUndefined();
});

test("a pull Secret came before fluxd's own login", () => {
  const object = web(automated, "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1");
  Object.assign(object.spec.template.spec, { imagePullSecrets: [{ name: "registry-key" }] });
  const made = planned([fluxd([]), object]);
  expect(only(made, "ImageRepository").spec).not.toHaveProperty("provider");
  expect(made.chores.map(({ text }) => text).join()).not.toContain("log in");
});

test.each(["registry.local:5000", "registry.local"])("plain HTTP, by --registry-insecure-host=%s", (host) => {
  const repository = repositoryOf("registry.local:5000/a:1", `--registry-insecure-host=other,${host}`);
  expect(repository).toMatchObject({ insecure: true, left: [] });
  expect(repository.told).toContain("certSecretRef");
});

test("an insecure host of which no image is followed is told", () => {
  expect(repositoryOf("a/b:1", "--registry-insecure-host=registry.local")).toMatchObject({
    left: ["--registry-insecure-host: no image of these registries is automated"],
  });
});

test("and both are told", () => {
  const made = planned([fluxd(["--registry-exclude-image=r.example.com/*"]), web({ ...automated, "fluxcd.io/tag.web": "semver:~1" })]);
  const why = "fluxd did not scan its image (--registry-exclude-image, --registry-include-image, --registry-ecr-*)";
  expect(leftOf(made)).toEqual(
    expect.arrayContaining([`fluxcd.io/tag.web: ${why}`, "fluxcd.io/automated: no image of it can be followed"]),
  );
  expect(made.translations.map(({ field }) => field)).toContain("--registry-exclude-image");
});
