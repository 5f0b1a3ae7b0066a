/** The row of the MigrationStatus, as kubectl prints it; where there is no kubectl, the table that the API server gives it. */
import { spawn } from "node:child_process";
import * as z from "zod";
import { table } from "../../src/cli/print-status.ts";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";

const PATH = "/apis/flux-migration.dev/v1alpha1/migrationstatuses";

export async function row(controlPlane: ControlPlane, wide: boolean): Promise<string> {
  return (await fromKubectl(controlPlane, wide)) ?? (await fromServer(controlPlane, wide));
}

/** @returns undefined where there is no kubectl. What it warns of (its own age, mostly) is not shown. */
function fromKubectl(controlPlane: ControlPlane, wide: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = ["get", "migrationstatus", ...(wide ? ["-o", "wide"] : [])];
    const environment = { ...process.env, KUBECONFIG: controlPlane.kubeconfig };
    const child = spawn("kubectl", args, { env: environment, stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
    child.once("error", () => resolve(undefined));
    child.once("close", (code) => resolve(code === 0 ? output.trimEnd() : undefined));
  });
}

const Table = z.looseObject({
  columnDefinitions: z.array(z.looseObject({ name: z.string(), priority: z.int() })),
  rows: z.array(z.looseObject({ cells: z.array(z.unknown()) })),
});

async function fromServer(controlPlane: ControlPlane, wide: boolean): Promise<string> {
  const client = createClient(loadCluster({ kubeconfig: controlPlane.kubeconfig }), { version: "demo" });
  try {
    const { columnDefinitions, rows } = Table.parse(
      await client.json({ path: PATH, accept: "application/json;as=Table;v=v1;g=meta.k8s.io" }),
    );
    const shown = columnDefinitions.map((column) => wide || column.priority === 0);
    const keep = (cells: readonly unknown[]) => cells.filter((_, index) => shown[index]).map(String);
    return table([keep(columnDefinitions.map((column) => column.name.toUpperCase())), ...rows.map(({ cells }) => keep(cells))]);
  } finally {
    client.close();
  }
}
