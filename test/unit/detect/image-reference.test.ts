import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type ImageReference, parseImageReference } from "../../../src/detect/image-reference.ts";
import { cpuMilliseconds } from "../cpu-time.ts";

const sha256 = `sha256:${"0123456789abcdef".repeat(4)}`;

function written(text: string): string {
  const ref = parseImageReference(text);
  if ("problem" in ref) return `no image name: ${ref.problem}`;
  return `${ref.domain ?? "-"} | ${ref.path.join(" ")} | ${ref.tag ?? "-"} | ${ref.digest?.slice(0, 10) ?? "-"}`;
}

describe("an image name is read into registry, path, tag and digest", () => {
  test.each([
    ["fluxcd/source-controller:v1.9.4", "- | fluxcd source-controller | v1.9.4 | -"],
    ["docker.io/fluxcd/flux:1.25.4", "docker.io | fluxcd flux | 1.25.4 | -"],
    ["flux", "- | flux | - | -"],
    ["flux:1", "- | flux | 1 | -"],
    ["localhost/fluxcd/flux", "localhost | fluxcd flux | - | -"],
    ["localhost:5000/fluxcd/flux", "localhost:5000 | fluxcd flux | - | -"],
    ["[::1]:5000/fluxcd/flux:1.0.0", "[::1]:5000 | fluxcd flux | 1.0.0 | -"],
    ["[2001:db8::1]/fluxcd/flux", "[2001:db8::1] | fluxcd flux | - | -"],
    ["MyRegistry/fluxcd/flux", "MyRegistry | fluxcd flux | - | -"],
    ["registry1.dso.mil/ironbank/fluxcd/source-controller:v1.3.0", "registry1.dso.mil | ironbank fluxcd source-controller | v1.3.0 | -"],
    [`ghcr.io/fluxcd/flux-cli:v2.9.4@${sha256}`, "ghcr.io | fluxcd flux-cli | v2.9.4 | sha256:012"],
    [`fluxcd/flux@${sha256}`, "- | fluxcd flux | - | sha256:012"],
    [`fluxcd/flux@sha256+b64u.x:${"Ab".repeat(16)}`, "- | fluxcd flux | - | sha256+b64"],
    ["a.b/c__d/e-----f/g.h_i:T_.-", "a.b | c__d e-----f g.h_i | T_.- | -"],
    [`fluxcd/flux:${"x".repeat(128)}`, `- | fluxcd flux | ${"x".repeat(128)} | -`],
  ])("%s", (text, parts) => expect(written(text)).toBe(parts));
});

describe("what is no image name says why", () => {
  test.each([
    ["", "it names no repository"],
    ["docker.io/", "it names no repository"],
    ["/fluxcd/flux", "its repository is not valid"],
    ["fluxcd//flux", "its repository is not valid"],
    ["fluxcd/Flux", "its repository is not valid"],
    ["Flux", "its repository is not valid"],
    ["fluxcd/flux-", "its repository is not valid"],
    ["fluxcd/fl___ux", "its repository is not valid"],
    ["fluxcd/fl..ux", "its repository is not valid"],
    ["fluxcd/flux:", "its tag is not valid"],
    ["fluxcd/flux:-1", "its tag is not valid"],
    [`fluxcd/flux:${"x".repeat(129)}`, "its tag is not valid"],
    ["fluxcd/flux@", "its digest is not valid"],
    ["fluxcd/flux@sha256:abc", "its digest is not valid"],
    [`fluxcd/flux@${sha256.toUpperCase().replace("SHA256", "sha256")}`, "its digest is not valid"],
    [`fluxcd/flux@sha256:${"a".repeat(63)}`, "its digest is not valid"],
    [`fluxcd/flux@${sha256}@${sha256}`, "its digest is not valid"],
    ["host:port/fluxcd/flux", "its registry is not valid"],
    ["[::1/fluxcd/flux", "its registry is not valid"],
    ["[::1]x/fluxcd/flux", "its registry is not valid"],
    ["-a.io/fluxcd/flux", "its registry is not valid"],
    [" fluxcd/flux", "its repository is not valid"],
    ["fluxcd/flux:1.0\n", "its tag is not valid"],
    ["\u001b[31mfluxcd/flux", "its repository is not valid"],
    ["https://ghcr.io/fluxcd/flux", "its registry is not valid"],
    ["a".repeat(256), "its repository has 256 characters, over 255"],
    ["0123456789abcdef".repeat(4), "it is the id of an image, not a name"],
  ])("%j", (text, problem) => expect(written(text)).toBe(`no image name: ${problem}`));

  test("255 characters of repository are still a name", () => expect(written("a".repeat(255))).toBe(`- | ${"a".repeat(255)} | - | -`));
});

describe("for every name that the grammar allows", () => {
  const alnum = fc.stringMatching(/^[a-z0-9]{1,6}$/);
  const separator = fc.constantFrom(".", "_", "__", "-", "---");
  const segment = fc
    .tuple(alnum, fc.array(fc.tuple(separator, alnum), { maxLength: 3 }))
    .map(([first, more]) => first + more.map(([between, part]) => between + part).join(""));
  const label = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,6}[a-zA-Z0-9])?$/);
  const host = fc.oneof(
    fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join(".")),
    fc.constant("localhost"),
    fc.constantFrom("[::1]", "[2001:db8::A]"),
  );
  const domain = fc.tuple(host, fc.option(fc.nat(65535))).map(([name, port]) => (port === null ? name : `${name}:${port}`));
  const reference: fc.Arbitrary<ImageReference> = fc
    .record({
      domain: fc.option(domain, { nil: undefined }),
      path: fc.array(segment, { minLength: 1, maxLength: 5 }),
      tag: fc.option(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/), { nil: undefined }),
      digest: fc.option(fc.stringMatching(/^sha256:[0-9a-f]{64}$/), { nil: undefined }),
    })
    .filter(
      ({ domain, path }) =>
        path.join("/").length <= 255 && (domain !== undefined || (path[0]?.includes(".") === false && path[0] !== "localhost")),
    )
    .map(({ path, ...parts }) => ({ path, ...Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) }));

  test("writing its parts and reading them gives the same parts", () => {
    fc.assert(
      fc.property(reference, (ref) => {
        const text =
          [...(ref.domain ? [ref.domain] : []), ...ref.path].join("/") +
          (ref.tag ? `:${ref.tag}` : "") +
          (ref.digest ? `@${ref.digest}` : "");
        expect(parseImageReference(text)).toEqual(ref);
      }),
    );
  });

  test("a character that no part allows makes it no name", () => {
    fc.assert(
      fc.property(reference, fc.constantFrom("\u001b", "\n", "\0", " ", "<", "=", "$", "é", "\u2028"), fc.nat(), (ref, bad, seed) => {
        const text = [...(ref.domain ? [ref.domain] : []), ...ref.path].join("/");
        const at = seed % (text.length + 1);
        expect(parseImageReference(text.slice(0, at) + bad + text.slice(at))).toHaveProperty("problem");
      }),
    );
  });

  test("any text is read without an error thrown", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => expect(parseImageReference(text)).toBeInstanceOf(Object)),
    );
  });
});

test.each(["a", "a/", "a-", "-", "a.", ":", "@", "[", "a__"])("200,000 characters of %j are read in 5 ms", (part) => {
  const text = part.repeat(200_000 / part.length);
  expect(cpuMilliseconds(() => parseImageReference(`fluxcd/flux:${text}`), 10)).toBeLessThan(5);
});
