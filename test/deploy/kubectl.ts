/** Runs kubectl against a control plane, as whoever installs the operator does. Judges nothing. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ControlPlane } from "../control-plane/control-plane.ts";

const LIMIT_MS = 60_000;
/** kubectl prints whole manifests. */
const OUTPUT_BYTES = 64 * 1024 * 1024;

export type Kubectl = (...args: readonly string[]) => Promise<string>;

/** @param get undefined for what needs no cluster, as `kubectl kustomize`. @returns a call that gives stdout, and rejects with stderr */
export function kubectlOf(program: string, get?: () => ControlPlane): Kubectl {
  return async (...args) => {
    const config = get ? ["--kubeconfig", get().kubeconfig] : [];
    const { stdout } = await promisify(execFile)(program, [...config, ...args], { timeout: LIMIT_MS, maxBuffer: OUTPUT_BYTES });
    return stdout;
  };
}

/** Lines without their ends, none empty. */
export function linesOf(output: string): string[] {
  return output.split("\n").filter((line) => line !== "");
}
