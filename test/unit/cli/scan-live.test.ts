/** `flux-migration scan` of clusters that give no answer: which one, and why, once; and none hides another. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { HOW_TO_REACH } from "../../../src/check/judge-server.ts";
import { scanClusters } from "../../../src/cli/scan-live.ts";
import { type ScanOptions, scanOptionsSchema } from "../../../src/cli/scan-options.ts";
import { KubeconfigError } from "../../../src/kube/kubeconfig.ts";
import { tableReport } from "../../../src/scan/report-table.ts";

const SERVER = "http://127.0.0.1:1"; // nobody listens there

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "contexts-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function options(chosen: Partial<ScanOptions>): ScanOptions {
  const kubeconfig = join(folder, "config");
  const plugin = join(folder, "plugin");
  writeFileSync(plugin, "#!/bin/sh\necho 'the session expired' >&2\nexit 255\n", { mode: 0o755 });
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin, interactiveMode: "Never" };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "here", cluster: { server: SERVER } }],
      users: [
        { name: "token", user: { token: "x" } },
        { name: "plugin", user: { exec } },
        { name: "malformed", user: { exec: { apiVersion: exec.apiVersion } } },
      ],
      contexts: [
        { name: "dangling", context: { cluster: "gone", user: "token" } },
        { name: "malformed", context: { cluster: "here", user: "malformed" } },
        { name: "plugin", context: { cluster: "here", user: "plugin" } },
        { name: "refused", context: { cluster: "here", user: "token" } },
      ],
    }),
  );
  const given = { output: "table", failOn: "Warning", edition: "2022-09-20", clusterName: "files", requestTimeout: 5_000 };
  const none = { exclude: [], context: [], allContexts: false, execPlugins: { allow: "None" } };
  return scanOptionsSchema().parse({ ...given, ...none, kubeconfig, ...chosen });
}

const scan = (chosen: Partial<ScanOptions>) => scanClusters(options(chosen), () => {});

test("of all contexts, one that leads nowhere, or whose program may not be started or cannot be understood, is not read, and the others are asked", async () => {
  const scanned = await scan({ allContexts: true });
  expect(scanned.map(({ name, failures = [] }) => [name, failures])).toEqual([
    ["dangling", [expect.stringContaining('context "dangling" names the cluster "gone", which is not there')]],
    ["malformed", [expect.stringContaining("user.malformed.exec.command: ")]],
    ["plugin", [expect.stringContaining("for its credentials; allow it with --exec-plugins=")]],
    ["refused", [`refused: http://127.0.0.1:1/: GET /version: connect ECONNREFUSED 127.0.0.1:1; ${HOW_TO_REACH}`]],
  ]);
});

test("a context that is named and leads nowhere is a mistake of the command line", async () => {
  await expect(scan({ context: ["refused", "dangling"] })).rejects.toThrow(KubeconfigError);
});

test("all contexts of a kubeconfig that names none are a mistake as well: nothing was scanned", async () => {
  const kubeconfig = join(folder, "empty");
  writeFileSync(kubeconfig, "");
  await expect(scan({ allContexts: true, kubeconfig })).rejects.toThrow(`kubeconfig ${kubeconfig}: names no context; want clusters,`);
});

test.each([undefined, "flux"])("why a cluster gives no answer is said once, in words for one look (namespace %s)", async (namespace) => {
  const [scanned, second] = await scan({ context: ["plugin", "refused"], execPlugins: { allow: "All" }, namespace });
  if (!scanned || !second) throw new Error("two clusters were asked");
  expect(second.failures).toEqual([`refused: http://127.0.0.1:1/: GET /version: connect ECONNREFUSED 127.0.0.1:1; ${HOW_TO_REACH}`]);
  expect(tableReport(scanned, false, (_, text) => text)).toBe(
    `There is no answer for customresourcedefinitions.apiextensions.k8s.io, daemonsets.apps, deployments.apps and statefulsets.apps: the API server is out of reach, refuses the credential, or was not asked. Until there is one, absence of Flux 1 cannot be stated.

not read plugin: no credentials: credential plugin "${join(folder, "plugin")}" ended with 255: the session expired`,
  );
  expect([scanned.status.cluster?.name, scanned.status.summary?.fluxd]).toEqual(["plugin", "Unknown"]);
});
