/** The reader of manifests: what it finds, where, and what it says of everything else. */
import { describe, expect, test } from "@jest/globals";
import { dump } from "js-yaml";
import type { ManifestLimits } from "../../../src/manifests/limits.ts";
import type { ManifestPart } from "../../../src/manifests/manifest.ts";
import { ManifestReader } from "../../../src/manifests/manifest-reader.ts";
import { object, told } from "./told.ts";

function read(input: string | Buffer, limits: Partial<ManifestLimits> = {}): ManifestPart[] {
  const reader = new ManifestReader({ file: "a.yaml", limits });
  return [...reader.push(Buffer.from(input)), ...reader.end()];
}

describe("documents", () => {
  test("each object has the line on which it begins", () => {
    expect(told(read(`# a comment\n${object("a")}---\n${object("b")}--- # another\n\n${object("c")}`))).toEqual([
      "2 Deployment a",
      "7 Deployment b",
      "13 Deployment c",
    ]);
  });

  test("a broken one costs no other", () => {
    expect(told(read(`${object("a")}---\nkind: [\n---\n${object("c")}`))).toEqual([
      "1 Deployment a",
      expect.stringMatching(/^[67] Unread: /),
      "8 Deployment c",
    ]);
  });

  test.each([
    ["CRLF", `${object("a")}---\n${object("b")}`.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\ufeff${object("a")}---\n${object("b")}`],
    ["UTF-16, little end first", Buffer.from(`\ufeff${object("a")}---\n${object("b")}`, "utf16le")],
    ["UTF-16, big end first", Buffer.from(`\ufeff${object("a")}---\n${object("b")}`, "utf16le").swap16()],
    ["UTF-16 without a mark", Buffer.from(`${object("a")}---\n${object("b")}`, "utf16le")],
    ["a document end", `${object("a")}...\n${object("b")}`],
  ])("are told apart with %s", (_, input) => {
    expect(told(read(input))).toEqual(["1 Deployment a", expect.stringMatching(/^6 Deployment b$/)]);
  });

  test("only a line that opens with --- and ends there, or goes on after a space, is a separator", () => {
    const script = `${object("a", "ConfigMap")}data:\n  x: |\n    a\n    ---\n    b\n  y: x---\n`;
    expect(told(read(`${script}---\n${object("b")}`))).toEqual(["1 ConfigMap a", "12 Deployment b"]);
  });

  test.each(["---\n\uFEFF", "--- # b\r\n\uFEFF", "\uFEFF---\n"])("of several files, each with its mark, are read (%j)", (between) => {
    expect(told(read(`\uFEFF${object("a")}${between}${object("b")}`)).map((line) => line.slice(2))).toEqual([
      "Deployment a",
      "Deployment b",
    ]);
  });

  test("arrive in any pieces", () => {
    const text = Buffer.from(`${object("ä")}---\nkind: [\n---\n${object("c")}`);
    const whole = told(read(text));
    for (let size = 1; size < text.length; size += 3) {
      const reader = new ManifestReader({ file: "a.yaml" });
      const parts: ManifestPart[] = [];
      for (let at = 0; at < text.length; at += size) parts.push(...reader.push(text.subarray(at, at + size)));
      parts.push(...reader.end());
      expect([size, told(parts)]).toEqual([size, whole]);
    }
  });
});

describe("Lists", () => {
  test("their objects stand alone, each with its line", () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a}\n- apiVersion: apps/v1\n  kind: DaemonSet\n  metadata:\n    name: b\n`;
    const parts = read(list);
    expect(told(parts)).toEqual(["4 Deployment a", "7 DaemonSet b"]);
    const [, second] = parts;
    expect(second?.at === "Object" && [second.lineOf(["metadata", "name"]), second.lineOf(["spec"])]).toEqual([10, 7]);
  });

  test("items of a list of one kind are of that kind", () => {
    expect(told(read(`apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: a}\n`))).toEqual(["4 Deployment a"]);
  });

  test("one that names itself, or the same one again and again, has an end", () => {
    expect(told(read(`&a {apiVersion: v1, kind: List, items: [*a]}`)).at(-1)).toBe("1 Unread: names more than 100000 objects; split it");
    const item = (name: string, of: string) =>
      `  ${name}: &${name} {apiVersion: v1, kind: List, items: [${Array(4).fill(of).join(",")}]}\n`;
    const bomb = `apiVersion: v1\nkind: List\nx:\n${item("a", "{apiVersion: v1, kind: Pod}")}${"bcdefghijk"
      .split("")
      .map((name, index) => item(name, `*${"abcdefghij"[index]}`))
      .join("")}items: [*k]\n`;
    const started = performance.now();
    expect(told(read(bomb)).at(-1)).toBe("1 Unread: names more than 100000 objects; split it");
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("what is no manifest", () => {
  test.each([
    ["values of a chart", "image:\n  repository: fluxcd/flux\n"],
    ["an empty document", "---\n# nothing\n---\n"],
    ["a text", "hello"],
    ["a list", "- kind: Deployment"],
  ])("%s is passed over", (_, text) => expect(read(text)).toEqual([]));

  test("a template is named, not guessed", () => {
    expect(told(read(`${object("a")}---\n{{- if .Values.x }}\n${object("b")}{{- end }}\n---\n${object("c")}`))).toEqual([
      "1 Deployment a",
      "5 Skipped: is a template, not YAML; render it first: helm template",
      "13 Deployment c",
    ]);
  });

  test("what stands in quotes makes no template: values of JSON one behind the other are read", () => {
    const values = [
      { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" }, data: { t: "{{ .x }}" } },
    ];
    expect(told(read(values.map((value) => JSON.stringify(value)).join("\n")))).toEqual(["1 Pod a", "2 ConfigMap b"]);
    expect(told(read('a: "{{ .x }}"\nb: [\n'))).toEqual([expect.stringMatching(/^\d+ Unread: /)]);
  });

  test.each(['name: "{{ include "flux.fullname" . }}"', "name: '{{ lookup('env','X') }}'"])(
    "a template whose quotes stand within quotes is one: %s",
    (text) => {
      expect(told(read(`${text}\n`))).toEqual([expect.stringContaining("is a template")]);
    },
  );

  test("a quote that nobody ends quotes nothing, and costs no time", () => {
    expect(told(read("a: it's {{ .x }}\nb: [\n"))).toEqual([expect.stringContaining("is a template")]);
    for (const quoted of ["a".repeat(9_000_000), '\\"'.repeat(4_500_000)])
      expect(told(read(`kind: x\na: ["${quoted}"\n`))).toEqual([expect.stringMatching(/^\d+ Unread: /)]);
    const start = process.cpuUsage();
    expect(told(read(`a: [\n"${'\\"'.repeat(500_000)}\n`))).toEqual([expect.stringMatching(/^\d+ Unread: /)]);
    expect(process.cpuUsage(start).user).toBeLessThan(20_000_000);
  });

  test("a template that is YAML is YAML", () => {
    expect(told(read(object('"{{ .Values.x }}"')))).toEqual(["1 Deployment {{ .Values.x }}"]);
  });
});

describe("as kubectl reads it", () => {
  const data = (text: string) => {
    const [part] = read(`apiVersion: v1\nkind: X\ndata: ${text}\n`);
    return part?.at === "Object" ? (part.value as { data: unknown }).data : part;
  };

  test.each([
    ["yes", true],
    ["0777", 511],
    ["0o14", 12],
    ["1e-7", 1e-7],
    ["1e3", 1000],
    ["1_000.5", 1000.5],
    ["1:20", "1:20"],
    ["1:20.5", "1:20.5"],
    ["2022-11-01", "2022-11-01"],
    ["!!binary Zmx1eGNk", "fluxcd"],
    ['"fl\\u0075x\\x63d\\/\\\n  flux"', "fluxcd/flux"],
    ["!Ref bucket", "bucket"],
    ["!Sub {a: 1}", { a: 1 }],
    ["!reference [.setup, script]", [".setup", "script"]],
    ["!vault 12", "12"],
    ["!!python/name:a.b", ""],
    ["!!js/function x", "x"],
    ["!!set {a, b}", { a: null, b: null }],
    ["{<<: {a: 1}, b: 2}", { a: 1, b: 2 }],
  ])("%s", (text, value) => expect(data(text)).toEqual(value));

  test("keys that name a prototype are keys", () => {
    const value = data('{__proto__: {polluted: "true"}, constructor: x}');
    expect(Object.keys(value as object)).toEqual(["__proto__", "constructor"]);
    expect(Object.hasOwn({}, "polluted") || "polluted" in {}).toBe(false);
  });

  test("a key that stands twice is told, and the last one is shown; in what is no manifest it is no matter", () => {
    expect(told(read("a: 1\na: 2\n"))).toEqual([]);
    expect(told(read(`${object("a")}kind: StatefulSet\n`))).toEqual(["5 Unread: duplicated mapping key", "1 StatefulSet a"]);
  });
});

describe("limits", () => {
  const small = { documentBytes: 200, documents: 3, objects: 2, depth: 5, aliases: 2 };
  const between = (text: string) => told(read(`${object("a")}---\n${text}\n---\n${object("z")}`, small));

  test.each([
    ["a long document", `a: ${"x".repeat(200)}`, "5 Unread: is a document of more than 200 bytes; split it"],
    ["nesting", "[[[[[[[[[]]]]]]]]]", "6 Unread: nesting exceeded maxDepth (5)"],
    ["aliases", "a: &a 1\nb: [*a, *a, *a]", "7 Unread: aliases exceeded maxAliases (2)"],
    [
      "objects of a List",
      `apiVersion: v1\nkind: List\nitems: [${Array(3).fill("{kind: a, apiVersion: b}").join(",")}]`,
      "5 Unread: names more than 2 objects; split it",
    ],
    ["control characters", "a: \u0001", "6 Unread: the stream contains non-printable characters"],
    ["NUL", "a: \u0000", "6 Unread: null byte is not allowed in input"],
  ])("%s: the others are read", (_, text, said) => {
    const all = between(text);
    expect(all).toContain(said);
    expect([all[0], all.at(-1)]).toEqual(["1 Deployment a", expect.stringMatching(/Deployment z$/)]);
  });

  test("documents: said once", () => {
    expect(told(read(Array(9).fill(object("a")).join("---\n"), small))).toEqual([
      "1 Deployment a",
      "6 Deployment a",
      "11 Deployment a",
      "15 Unread: has more than 3 documents; split it",
    ]);
  });

  test("a document without end is dropped as it comes, and the next one is read", () => {
    const reader = new ManifestReader({ file: "a.yaml", limits: small });
    const parts: ManifestPart[] = [];
    for (let count = 0; count < 1_000; count += 1) parts.push(...reader.push(Buffer.from(`k${count}: ${"x".repeat(90)}\n`)));
    parts.push(...reader.push(Buffer.from("---\n")), ...reader.push(Buffer.from(object("z"))), ...reader.end());
    expect(told(parts)).toEqual(["1 Unread: is a document of more than 200 bytes; split it", "1002 Deployment z"]);
  });
});

describe("a List that is longer than a document may be", () => {
  const items = Array.from({ length: 40 }, (_, index) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `web-${index}`, annotations: { script: `#!/bin/sh\n\n- kind: x\n        }\n        {\n---x\n${"y".repeat(index)}` } },
    spec: { template: { spec: { containers: [{ name: "a" }, { name: "b" }] } } },
  }));
  const list = { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
  const yaml = (value: object) => dump(value, { seqNoIndent: true, lineWidth: -1, noRefs: true });
  const forms = { YAML: yaml(list), JSON: `${JSON.stringify(list, undefined, 4)}\n` };
  const piecesOf = (text: string, bytes: number, limits: Partial<ManifestLimits>) => {
    const reader = new ManifestReader({ file: "a.yaml", limits });
    const [parts, whole]: [ManifestPart[], Buffer] = [[], Buffer.from(text)];
    for (let at = 0; at < whole.length; at += bytes) parts.push(...reader.push(whole.subarray(at, at + bytes)));
    return [...parts, ...reader.end()];
  };

  test.each(Object.entries(forms))("as kubectl prints it in %s, is read item by item, each with its line", (_, text) => {
    const wanted = told(read(text));
    expect(wanted).toHaveLength(items.length);
    for (const input of [text, text.replaceAll("\n", "\r\n"), `---\n${text}`, `${object("a")}---\n${text}---\n${object("z")}`]) {
      const [whole, small] = [read(input), { documentBytes: 1_500 }];
      for (const bytes of [input.length, 1, 7, 64, 999]) {
        const cut = piecesOf(input, bytes, small);
        expect(told(cut)).toEqual(told(whole));
        expect(cut.map((part) => part.at === "Object" && part.value)).toEqual(whole.map((part) => part.at === "Object" && part.value));
      }
    }
  });

  test.each(Object.entries(forms))("in %s: an item that is too long, or cannot be read, is told, and the others are read", (_, text) => {
    const names = told(read(text)).map((line) => line.replace(/^\d+ /, ""));
    for (const [from, to, why] of [
      ["web-3", `web-${"3".repeat(2_000)}`, /is a document of more than 1500 bytes; split it$/],
      [/(name"?: )("?web-3\b)/, "$1[$2", /Unread: /],
    ] as const) {
      const said = told(piecesOf(text.replace(from, to), 64, { documentBytes: 1_500 }));
      expect(said.filter((line) => why.test(line))).toHaveLength(said.length - names.length + 1);
      for (const name of names.filter((one) => !one.endsWith("web-3")))
        expect(said.map((line) => line.replace(/^\d+ /, ""))).toContain(name);
    }
  });

  test.each([
    ["more items", "items:\n- apiVersion: apps/v1\n  kind: Deployment\n"],
    ["a field that makes it another object", "spec: {}\n"],
    ["a comment between items", "# comment\n- apiVersion: apps/v1\n  kind: Deployment\n"],
  ])("that goes on with %s is told", (_, more) => {
    expect(told(piecesOf(forms.YAML + more, 64, { documentBytes: 1_500 })).slice(items.length)).toEqual([
      expect.stringMatching(/^7\d\d Unread: /),
    ]);
  });

  test("is followed by what follows it, whatever divides them", () => {
    for (const more of [`...\n${object("z")}`, `---\n${object("z")}`, `--- # z\n${object("z")}`])
      for (const bytes of [1, 5, 64])
        expect(told(piecesOf(forms.YAML + more, bytes, { documentBytes: 1_500 })).at(-1)).toMatch(/ Deployment z$/);
  });

  test("in any other form is told", () => {
    for (const text of [
      JSON.stringify(list),
      yaml({ ...list, apiVersion: "v2" }),
      yaml({ kind: "List", apiVersion: "v1", items, metadata: {} }),
      dump(list),
    ])
      expect(told(read(text, { documentBytes: 1_500 }))).toEqual(["1 Unread: is a document of more than 1500 bytes; split it"]);
  });

  test("tells an item that names more objects than a document may", () => {
    const nested = { apiVersion: "v1", kind: "List", items: Array(5).fill({ apiVersion: "v1", kind: "Secret" }) };
    const said = told(read(yaml({ ...list, items: [...items, nested] }), { documentBytes: 1_500, objects: 2 }));
    expect(said.filter((line) => line.includes("Unread"))).toEqual([expect.stringMatching(/names more than 2 objects; split it$/)]);
  });

  test("is parsed only where an item holds a needle", () => {
    const many = yaml({
      ...list,
      items: Array.from({ length: 20_000 }, (_, index) => ({ ...items[0], metadata: { name: `web-${index}` } })),
    });
    const asked: string[] = [];
    const wanted = (piece: Buffer) => piece.includes("web-9999\n") && asked.push(piece.toString()) > 0;
    const reader = new ManifestReader({ file: "a.yaml", wanted, limits: { documentBytes: 1_500 } });
    expect(told([...reader.push(Buffer.from(many)), ...reader.end()])).toEqual([expect.stringMatching(/Deployment web-9999$/)]);
    expect(asked).toHaveLength(1);
  });
});
