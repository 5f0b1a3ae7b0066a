/** Reads files of manifests and applies them, with workloads that look as if they ran. Which files, and what for, others know. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { applyManifests, type Refusal, setReplicas, type WorkloadKind } from "../control-plane/apply.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { pathOf } from "../control-plane/discovery.ts";
import { note } from "./screen.ts";

/** The names by which kubectl takes a file of a folder for manifests. */
const MANIFEST_FILE = /\.(ya?ml|json)$/;
/** Such as .git, with its copies of what is not in force. */
const HIDDEN = /(^|\/)\./;
/** What kustomize reads; no object of a cluster. */
const KUSTOMIZATION_FILE = /^kustomization\.ya?ml$/i;

const STANDARD_INPUT = "-";

export interface Source {
  /** As it was named. */
  readonly file: string;
  readonly text: string;
}

/**
 * @param paths files, folders with all that is in them, but for what is hidden, or - for standard input
 * @throws naming the path that cannot be read, or the folder without manifests
 */
export async function readSources(paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) sources.push(...(await readPath(path)));
  return sources;
}

async function readPath(path: string): Promise<Source[]> {
  if (path === STANDARD_INPUT) return [{ file: "standard input", text: await text(process.stdin) }];
  try {
    return (await stat(path)).isDirectory() ? await readFolder(path) : [{ file: path, text: await readFile(path, "utf8") }];
  } catch (cause) {
    throw new Error(`--filename ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function readFolder(folder: string): Promise<Source[]> {
  const entries = await readdir(folder, { recursive: true });
  const found = entries.filter((name) => MANIFEST_FILE.test(name) && !HIDDEN.test(name)).sort();
  const names = found.filter((name) => !KUSTOMIZATION_FILE.test(basename(name)));
  for (const name of found.filter((each) => !names.includes(each))) note(`left out: ${join(folder, name)}: it is for kustomize`);
  if (names.length === 0) throw new Error("it holds no manifests; want files that end in .yaml, .yml or .json");
  return await Promise.all(names.map(async (name) => ({ file: join(folder, name), text: await readFile(join(folder, name), "utf8") })));
}

export interface Applied {
  readonly applied: number;
  readonly refused: readonly (Refusal & { readonly file: string })[];
}

/** Applies all, whatever is refused, and sets the replicas of each workload ready: there is no controller that would. */
export async function applySources(controlPlane: ControlPlane, sources: readonly Source[]): Promise<Applied> {
  const first = await applyEach(controlPlane, sources);
  const again = first.filter(({ refused }) => refused.length > 0).map(({ source }) => source);
  // An object can stand in a file before that of its CRD: what was refused gets a second try, once all CRDs are there.
  const second = sources.length > 1 ? await applyEach(controlPlane, again) : [];
  const outcomes = first.map((outcome) => second.find(({ source }) => source === outcome.source) ?? outcome);
  const applied = outcomes.flatMap((outcome) => outcome.applied);
  for (const what of applied) await setReady(controlPlane, what);
  return { applied: applied.length, refused: outcomes.flatMap(({ source, refused }) => refused.map((each) => named(each, source))) };
}

interface Outcome {
  readonly source: Source;
  readonly applied: readonly string[];
  readonly refused: readonly Refusal[];
}

async function applyEach(controlPlane: ControlPlane, sources: readonly Source[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const source of sources) outcomes.push({ source, ...(await applyManifests(controlPlane, source.text)) });
  return outcomes;
}

function named({ what, why }: Refusal, { file }: Source): Refusal & { file: string } {
  return { file, what: what.replace("file doc", "document"), why };
}

const Workload = z.object({ spec: z.object({ replicas: z.int().optional() }) });

/** @param what as applyManifests tells it: "Deployment flux/fluxd" */
async function setReady(controlPlane: ControlPlane, what: string): Promise<void> {
  const [, kind = "", namespace = "", name = ""] = /^(\S+) ([^/]+)\/(.+)$/.exec(what) ?? [];
  if (!isWorkload(kind)) return;
  const path = pathOf("apps/v1", { plural: `${kind.toLowerCase()}s`, namespaced: true }, namespace, name);
  const { status, body } = await controlPlane.request("GET", path);
  if (status !== 200) return;
  // A DaemonSet has as many as there are nodes: one, let us say.
  await setReplicas(controlPlane, namespace, name, Workload.parse(body).spec.replicas ?? 1, kind);
}

function isWorkload(kind: string): kind is WorkloadKind {
  return kind === "Deployment" || kind === "StatefulSet" || kind === "DaemonSet";
}
