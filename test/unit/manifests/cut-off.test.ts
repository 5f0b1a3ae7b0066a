/** Where a stream ends too early, that is told: what is missing could be Flux. */
import { describe, expect, test } from "@jest/globals";
import { dump } from "js-yaml";
import { ManifestReader } from "../../../src/manifests/manifest-reader.ts";
import { object, told } from "./told.ts";

describe("what may have been cut off", () => {
  const ours = (document: Buffer) => document.includes("flux");
  const end = (text: string, canBeCutOff: boolean) => {
    const reader = new ManifestReader({ file: "a.yaml", wanted: ours, canBeCutOff });
    return told([...reader.push(Buffer.from(text)), ...reader.end()]);
  };
  const json = JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: ["a", "b"].map((name) => ({ apiVersion: "v1", kind: "Pod", metadata: { name } })),
  });

  test.each([
    ["a List of JSON", json.slice(0, -30)],
    ["a List of JSON between its items", json.slice(0, json.indexOf(',{"apiVersion"'))],
    ["a document of YAML", "a: {b: [1\n"],
    ["the last of several", `${object("a")}---\na: {b: [1\n`],
  ])("%s is told of a stream, whatever it holds, and not of a file", (_title, text) => {
    expect(end(text, true)).toEqual([expect.stringMatching(/^\d+ Unread: /)]);
    expect(end(text, false)).toEqual([]);
  });

  test.each(["a: 1\n", object("a"), `${object("a")}---\n`, json])("nothing is told of what is whole: %j", (text) => {
    expect(end(text, true).filter((line) => line.includes("Unread"))).toEqual([]);
  });

  test("a List whose kind is missing, as kubectl writes it last: its items are read all the same", () => {
    const items = dump({ apiVersion: "v1", items: [{ apiVersion: "v1", kind: "Pod", metadata: { name: "flux" } }] });
    const cut = "is a List without its kind, which kubectl writes behind the items: the rest was cut off";
    expect(end(items, false)).toEqual([`1 Unread: ${cut}`, "3 Pod flux"]);
    expect(end(`${items}kind: List\n`, false)).toEqual(["3 Pod flux"]);
  });

  test("an annotation with a template in it is no template", () => {
    const alert = "apiVersion: v1\nitems:\n- metadata:\n    annotations:\n      summary: Pod {{ $labels.pod }} is down\n  spec: {a: [";
    expect(end(alert, true)).toEqual([expect.stringMatching(/^\d+ Unread: /)]);
    expect(end("a: {{ .Values.flux }}\n{{ end }}\n", true)).toEqual([expect.stringContaining("is a template")]);
  });

  test("wherever a stream of one List ends too early, that is told", () => {
    const pods = ["a", "flux"].map((name) => ({ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } } }));
    const whole = dump({ apiVersion: "v1", items: pods, kind: "List", metadata: { resourceVersion: "" } });
    const [first, last] = [whole.indexOf("items:") + "items:".length, whole.indexOf("kind: List") + "kind: Lis".length];
    const silent = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter(
      (length) => !end(whole.slice(0, length), true).some((line) => line.includes("Unread")),
    );
    expect(silent.map((length) => whole.slice(0, length))).toEqual([]);
    expect(end(whole, true)).toEqual([expect.stringMatching(/ Pod a$/), expect.stringMatching(/ Pod flux$/)]);
  });
});
