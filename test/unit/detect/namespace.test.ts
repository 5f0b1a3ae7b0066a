import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readNamespace } from "../../../src/detect/namespace.ts";
import { visibleText } from "../../../src/detect/visible-text.ts";

describe("a namespace", () => {
  test("keeps its labels, and of its annotations ours alone", () => {
    const annotations = {
      "flux-migration.dev/managed-by": "Terraform",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
      "flux-migration.device/x": "y",
    };
    expect(readNamespace({ metadata: { name: "team-a-flux", labels: { owner: "team-a" }, annotations } })).toEqual({
      at: "Read",
      namespace: { name: "team-a-flux", labels: { owner: "team-a" }, annotations: { "flux-migration.dev/managed-by": "Terraform" } },
    });
  });
  test("needs neither", () =>
    expect(readNamespace({ metadata: { name: "a" } })).toEqual({ at: "Read", namespace: { name: "a", labels: {}, annotations: {} } }));
  test("makes what escapes visible", () =>
    expect(readNamespace({ metadata: { name: "a", labels: { owner: "x\u001b[2J" } } })).toHaveProperty(
      "namespace.labels.owner",
      "x\\u001b[2J",
    ));
  test("without a name is malformed", () =>
    expect(readNamespace({ metadata: {} })).toEqual({
      at: "Malformed",
      problem: { path: ["metadata", "name"], field: "metadata.name", found: "nothing", want: "a string" },
    }));
  test("of any value is read without an error thrown", () => {
    fc.assert(fc.property(fc.anything(), (input) => expect(readNamespace(input).at).toBe("Malformed")));
  });
});

describe("visible text", () => {
  test.each([
    ["plain é 名 🚀", "plain é 名 🚀"],
    ["\u001b[31m\0\n\u007f\u009b", "\\u001b[31m\\u0000\\u000a\\u007f\\u009b"],
    ["a\u2028b\u202ec\ufeffd\u200be", "a\\u2028b\\u202ec\\ufeffd\\u200be"],
    ["half \ud83d", "half \\ud83d"],
  ])("%j", (text, visible) => expect(visibleText(text, 80)).toBe(visible));

  test("is cut before it is written out", () => expect(visibleText("\u001b".repeat(200_000), 3)).toBe("\\u001b\\u001b\\u001b…"));

  test("never holds a control character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(50), (text, limit) =>
        expect(visibleText(text, limit)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u),
      ),
    );
  });
});
