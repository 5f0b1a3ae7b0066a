/** What is loaded before a command is known: a command that asks no cluster must not wait for the Kubernetes client. */
import { expect, test } from "@jest/globals";
import { build } from "esbuild";

test("main.ts loads no client, no logger and no metrics before a command needs them", async () => {
  const { metafile } = await build({
    entryPoints: ["src/cli/main.ts"],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "silent",
  });
  const loaded = new Set<string>();
  const waiting = ["src/cli/main.ts"];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    const imports = metafile.inputs[file]?.imports ?? [];
    for (const { path, kind } of imports) if (kind !== "dynamic-import") waiting.push(path);
  }
  expect(loaded).toContain("src/cli/scan-command.ts");
  expect(
    [...loaded].filter((path) => /@kubernetes|^pino|prom-client|src\/kube\/client|src\/operator\/operator|src\/web\//.test(path)),
  ).toEqual([]);
});
