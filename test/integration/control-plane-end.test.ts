/**
 * The end of the test control plane: no process, no file and no handle is left, however it ends.
 * @newest-only: processes, whatever they serve
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, jest, test } from "@jest/globals";
import * as z from "zod";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { describeWithBinaries } from "../control-plane/suite.ts";

/** Command lines of live processes that name the folder. */
async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-ww", "-o", "args="]);
  return stdout.split("\n").filter((line) => line.includes(folder));
}

/** Starts `npm run control-plane`'s program, waits until it has said what to paste, and sends it a signal. */
async function startAndSignal(signal: "SIGKILL" | "SIGTERM"): Promise<{ ended: number | string; folder: string }> {
  const program = fileURLToPath(new URL("../control-plane/main.ts", import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "ignore"] });
  const exit = once(child, "exit");
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === 2) break;
  }
  child.kill(signal);
  const [code, killedBy] = await exit;
  expect(said[1]).toBe("kubectl get namespaces");
  const [, folder] = /^export KUBECONFIG=(.+)\/admin\.kubeconfig$/.exec(said[0] ?? "") ?? [];
  if (folder === undefined) throw new Error(`no kubeconfig in ${JSON.stringify(said)}`);
  return { ended: killedBy ?? code, folder };
}

/** In a process of its own: the test runner's timers come and go. It ends only when nothing keeps it alive. */
async function handlesAroundOne(): Promise<string> {
  const program = `
    const { startControlPlane } = await import(${JSON.stringify(new URL("../control-plane/control-plane.ts", import.meta.url).href)});
    const before = process.getActiveResourcesInfo();
    const controlPlane = await startControlPlane();
    await controlPlane.request("GET", "/version");
    await controlPlane.compact();
    await controlPlane.stop();
    await new Promise((resolve) => setTimeout(resolve, 100)); // closed sockets are let go in the next turns of the event loop
    const after = process.getActiveResourcesInfo(); // before the first use of stdout, which is a handle as well
    process.stdout.write(JSON.stringify({ before, after }));
  `;
  return (await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program])).stdout;
}

describeWithBinaries("the end of a control plane", () => {
  jest.setTimeout(120_000);

  test("stop leaves no process, no listener and no folder", async () => {
    const controlPlane = await startControlPlane({ auditLog: false });
    expect(await processesOf(controlPlane.folder)).toHaveLength(3); // etcd, kube-apiserver and the guard
    await Promise.all([controlPlane.stop(), controlPlane.stop()]);
    expect(await processesOf(controlPlane.folder)).toEqual([]);
    expect(existsSync(controlPlane.folder)).toBe(false);
    await expect(controlPlane.startApiServer()).rejects.toThrow("was stopped");
    await expect(controlPlane.request("GET", "/version")).rejects.toThrow("ECONNREFUSED");
  });

  test("stop leaves no handle", async () => {
    const { before, after } = z
      .object({ before: z.array(z.string()), after: z.array(z.string()) })
      .parse(JSON.parse(await handlesAroundOne()));
    expect(after).toEqual(before);
  });

  test("a starting process that is killed takes servers and folder with it", async () => {
    const { ended, folder } = await startAndSignal("SIGKILL");
    expect(ended).toBe("SIGKILL");
    for (let attempt = 0; attempt < 40 && ((await processesOf(folder)).length > 0 || existsSync(folder)); attempt += 1) await sleep(50);
    expect(await processesOf(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  test("npm run control-plane stops on SIGTERM, and ends with 0", async () => {
    const { ended, folder } = await startAndSignal("SIGTERM");
    expect(ended).toBe(0);
    expect(await processesOf(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  test("a server that does not come up leaves no process, and the error shows the end of its log", async () => {
    const wanted = /kube-apiserver ended while it was starting \(exit code 1\).*unknown flag: --no-such-flag/s;
    await expect(startControlPlane({ apiServerFlags: ["--no-such-flag"] })).rejects.toThrow(wanted);
    expect(await processesOf("--no-such-flag")).toEqual([]);
  });

  test("a server that ends by itself is told", async () => {
    const controlPlane = await startControlPlane({ auditLog: false });
    const found = await promisify(execFile)("pgrep", ["-f", `kube-apiserver .*--cert-dir=${controlPlane.folder}`]);
    process.kill(Number(found.stdout), "SIGKILL");
    expect(await controlPlane.died).toContain("kube-apiserver ended by itself (SIGKILL)");
    await controlPlane.stop();
    expect(await processesOf(controlPlane.folder)).toEqual([]);
  });
});
