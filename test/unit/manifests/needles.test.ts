/** The shortcut past the parser is never blind: whatever comes out of the parser with a needle in it was parsed. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ManifestReader } from "../../../src/manifests/manifest-reader.ts";
import { needleTest } from "../../../src/manifests/needles.ts";

const WORDS = ["fluxcd/flux", "helm-controller"];
const wanted = needleTest(WORDS);

const object = (image: string) => `apiVersion: apps/v1\nkind: Deployment\nspec:\n  image: ${image}\n`;

test.each([
  ["plain", "docker.io/fluxcd/flux:1.25.4"],
  ["an escape of two digits", '"flu\\x78cd/flux"'],
  ["an escape of four", '"fl\\u0075xcd/flux"'],
  ["an escape of eight", '"\\U00000066luxcd/flux"'],
  ["a slash as JSON may write it", '"fluxcd\\/flux"'],
  ["a folded line", '"fluxcd/\\\n    flux"'],
  ["a folded line that ends as on Windows", '"fluxcd/\\\r\n    flux"'],
  ["binary", "!!binary Zmx1eGNkL2ZsdXg="],
  ["binary by its whole name", "!<tag:yaml.org,2002:binary> Zmx1eGNkL2ZsdXg="],
])("%s is found", (_, image) => {
  expect(found(Buffer.from(object(image)), true)).toEqual([true]);
});

test("binary by a name of one's own is found", () => {
  const text = `%TAG !b! tag:yaml.org,2002:\n---\n${object("!b!binary Zmx1eGNkL2ZsdXg=")}`;
  expect(wanted(Buffer.from(text))).toBe(true);
});

test("UTF-16 is found, with and without its mark", () => {
  const text = object("fluxcd/flux");
  for (const mark of ["\ufeff", ""]) expect(found(Buffer.from(mark + text, "utf16le"), true)).toEqual([true]);
});

test("an address is found however its host and owner are written, for they have no case", () => {
  expect(wanted(Buffer.from("resources: [GitHub.com/FluxCD/Flux//deploy]"))).toBe(true);
});

test("what is compressed is not passed over: nobody may say that it was read", () => {
  const text = Buffer.from(object("nginx"));
  for (const compressed of [gzipSync(text), deflateSync(text), brotliCompressSync(text), zstdCompressSync(text)])
    expect(wanted(compressed)).toBe(true);
});

test.each(["nginx:1.25", "a\\.b", "'^[a-z]+\\d$'", "x!", "a-!b"])("%s needs no parser", (image) => {
  expect(wanted(Buffer.from(object(image)))).toBe(false);
});

test("a template in a text needs no parser, and one in an image does: it can be any", () => {
  expect(wanted(Buffer.from("summary: '{{ $labels.x }} is down!'"))).toBe(false);
  for (const image of ["'{{ .Values.image }}'", `\${IMAGE}`, `a/b:\${TAG}`, "*elsewhere", ">-"])
    expect(wanted(Buffer.from(object(image)))).toBe(true);
});

test("megabytes in one line end within the limit of a test, which the square of their length would not", () => {
  for (const piece of ['"image":"nginx:1.29","name":"web",', "image:", "image: {"])
    expect(wanted(Buffer.from(piece.repeat(2_000_000 / piece.length)))).toBe(false);
});

test.each([
  ['{"a": "caf\\u00e9\\/\\x41", [', 0],
  ["a: [\\\n", 0],
  ['{"a": "\\u0066luxcd\\/flux", [', 1],
  ['a: "fluxcd/\\\r\n  flux" [', 1],
  ['{"a": "\\U00110000", [', 1],
  ["{a: !!binary Zg==, [", 1],
])("%j, which no parser reads, is told only where a word may stand in it", (text, times) => {
  const reader = new ManifestReader({ file: "a", wanted });
  expect([...reader.push(Buffer.from(text)), ...reader.end()].map(({ at }) => at)).toEqual(Array.from({ length: times }, () => "Unread"));
});

test("a word that an encoder may write otherwise is refused", () => {
  expect(() => needleTest(["a b"])).toThrow(RangeError);
});

/** Whether each object that was read holds a needle. */
function found(bytes: Buffer, shortcut: boolean): boolean[] {
  const reader = new ManifestReader({ file: "a", ...(shortcut ? { wanted } : {}) });
  const parts = [...reader.push(bytes), ...reader.end()];
  return parts.flatMap((part) => (part.at === "Object" ? [WORDS.some((word) => JSON.stringify(part.value).includes(word))] : []));
}

const letter = (character: string) => {
  const code = character.codePointAt(0) ?? 0;
  return fc.constantFrom(
    character,
    `\\x${code.toString(16).padStart(2, "0")}`,
    `\\u${code.toString(16).padStart(4, "0")}`,
    `\\U${code.toString(16).padStart(8, "0")}`,
    `\\\n  ${character}`,
  );
};
const quoted = (text: string) => fc.tuple(...[...text].map(letter)).map((letters) => `"${letters.join("")}"`);
const spelling = fc
  .constantFrom("fluxcd/flux", "ghcr.io/fluxcd/helm-controller:v1", "nginx", "fluxcd", "a/b")
  .chain((image) => fc.oneof(fc.constant(image), fc.constant(`!!binary ${Buffer.from(image).toString("base64")}`), quoted(image)));
const manifest = fc
  .record({
    image: spelling,
    noise: fc.constantFrom("", "# {{ x }}\n", "data: '\\d{2}'\n", "x: |\n  {{ y }}\n", "y: !!str 1\n"),
    encoding: fc.constantFrom("utf8", "utf16le"),
    mark: fc.constantFrom("", "\ufeff"),
  })
  .map(({ image, noise, encoding, mark }) => Buffer.from(mark + object(image) + noise, encoding as BufferEncoding));

test("with the shortcut and without it, the same needles are found", () => {
  fc.assert(
    fc.property(manifest, (bytes) => {
      const holds = (shortcut: boolean) => found(bytes, shortcut).filter(Boolean).length;
      expect(holds(true)).toBe(holds(false));
    }),
    { numRuns: 1_000, seed: 7 },
  );
});
