/** The yardstick: all Deployments whole, read by curl and thrown away. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { cpuSeconds } from "./process-figures.ts";

export interface PlainList {
  /** From the request to its last byte: without the connection. */
  readonly seconds: number;
  readonly bytes: number;
  /** Of the API server. */
  readonly serverCpuSeconds: number;
}

const Written = z.object({ http_code: z.literal(200), time_pretransfer: z.number(), time_total: z.number(), size_download: z.number() });

/** From the server's cache, in one piece, as clients ask first: the cheapest list of whole objects that there is. */
export async function listPlainly(controlPlane: ControlPlane): Promise<PlainList> {
  const config = loadCluster({ kubeconfig: controlPlane.kubeconfig }).kubeConfig();
  const token = config.getCurrentUser()?.token ?? "";
  const before = await cpuSeconds(controlPlane.apiServerPid());
  // The server is on this machine, and the server pretty-prints for a User-Agent of curl's.
  const flags = [
    "--silent",
    "--http1.1",
    "--show-error",
    "--insecure",
    "--user-agent",
    "plain-list",
    "--output",
    "/dev/null",
    "--write-out",
    "%{json}",
  ];
  const url = `${controlPlane.server}/apis/apps/v1/deployments?resourceVersion=0`;
  const child = spawn("curl", [...flags, "--config", "-", url], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  // By standard input: arguments can be read by every user of the machine.
  child.stdin.end(`header = "Authorization: Bearer ${token}"\n`);
  const written = Written.parse(JSON.parse(await text(child.stdout)));
  const [code] = await closed;
  if (code !== 0) throw new Error(`curl ended with ${code}; what it says stands above`);
  return {
    seconds: written.time_total - written.time_pretransfer,
    bytes: written.size_download,
    serverCpuSeconds: (await cpuSeconds(controlPlane.apiServerPid())) - before,
  };
}
