/** Where a release's chart comes from: HelmRepository or GitRepository, one for each address and namespace. Reads no repository. */
import * as z from "zod";
import type { Draft } from "./draft.ts";
import type { SpecV1 } from "./helm-release-v1.ts";
import { innerPath } from "./inner-path.ts";
import { code } from "./markdown.ts";
import { isObjectName, nameFrom } from "./names.ts";
import { gitAddress, helmAddress, type SourceAddress } from "./source-address.ts";

/** What of the Helm Operator's arguments counts here. */
export interface OperatorSettings {
  readonly interval: string;
  readonly gitInterval: string;
  readonly gitTimeout: string;
  readonly gitRef: string;
  /** Whether it took Helm repositories with their credentials from files of its own. */
  readonly importsRepositories: boolean;
}

export type ChartSource =
  | {
      readonly at: "Found";
      /** Of spec.chart.spec: chart, version, sourceRef. */
      readonly chart: Readonly<Record<string, unknown>>;
      /** `./charts/web`, of a chart in Git. */
      readonly path?: string;
      readonly translated: readonly (readonly [string, string])[];
      readonly left: readonly (readonly [string, string])[];
    }
  | { readonly at: "None"; readonly field: string; readonly why: string };

/** The key with which the Helm Operator read Git over ssh: mounted into it, so that no HelmRelease names it. */
const SSH_SECRET = "flux-git-deploy";
const COMMIT = /^[0-9a-f]{40}$/;
const VERSION_TAG = /^v?\d+\.\d+\.\d+/;

const OwnSecret = z.looseObject({
  spec: z.looseObject({ chart: z.looseObject({ secretRef: z.looseObject({ name: z.string(), namespace: z.string().nullish() }) }) }),
});

/** @returns the Secret of its own namespace with which a HelmRelease v1 opens Git: it is there already, and is none to write over */
export function ownSecret(object: unknown, namespace: string): string | undefined {
  const secretRef = OwnSecret.safeParse(object).data?.spec.chart.secretRef;
  if (secretRef === undefined || (secretRef.namespace && secretRef.namespace !== namespace)) return undefined;
  return `Secret ${namespace}/${secretRef.name}`;
}

export class ChartSources {
  readonly #draft: Draft;
  readonly #names = new Map<string, string>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  sourceOf(subject: string, namespace: string, v1: SpecV1["chart"], settings: OperatorSettings): ChartSource {
    if (v1.git && v1.path) return this.#git(subject, namespace, v1, settings);
    if (v1.repository && v1.name && v1.version) return this.#helm(subject, namespace, v1, settings);
    const why = "it names neither repository, name and version nor git and path, without which the Helm Operator releases nothing";
    return { at: "None", field: "spec.chart", why };
  }

  #helm(subject: string, namespace: string, v1: SpecV1["chart"], settings: OperatorSettings): ChartSource {
    const { interval, importsRepositories } = settings;
    const address = helmAddress(v1.repository ?? "");
    if (address.at === "Unusable") return { at: "None", field: "spec.chart.repository", why: address.why };
    const { ledger } = this.#draft;
    const left: [string, string][] = [];
    if (address.credentials) {
      left.push(["credential in spec.chart.repository", "it is not copied: move it to a Secret that the HelmRepository names"]);
      ledger.chore(
        "Prepare",
        `${code("spec.chart.repository")} of ${code(subject)} holds a credential. Move it to a Secret in ${code(namespace)} with the keys ${code("username")} and ${code("password")}, and name that in ${code("spec.secretRef")} of the HelmRepository.`,
      );
    }
    const name = this.#once("HelmRepository", namespace, nameFrom(address.url.replace(/^\w+:\/\//, ""), "charts"), address.url, {
      ...(address.scheme === "oci" ? { type: "oci" } : {}),
      interval,
      url: address.url,
    });
    const to = `HelmRepository ${namespace}/${name}`;
    if (importsRepositories)
      ledger.chore(
        "Prepare",
        `The Helm Operator imported a ${code("repositories.yaml")}. Where that has a credential or a certificate for ${code(address.url)}, put it into a Secret in ${code(namespace)}, and name that in ${code("spec.secretRef")} of the ${code(to)}.`,
      );
    const translated: [string, string][] = [
      ["spec.chart.repository", `${to} spec.url`],
      ["spec.chart.name", "spec.chart.spec.chart"],
      ["spec.chart.version", "spec.chart.spec.version"],
    ];
    for (const field of ["git", "ref", "path", "secretRef", "skipDepUpdate"] as const)
      if (v1[field] !== undefined) left.push([`spec.chart.${field}`, "it is for charts in Git"]);
    const chart = { chart: v1.name, version: v1.version, sourceRef: { kind: "HelmRepository", name }, interval };
    return { at: "Found", chart, translated, left };
  }

  #git(subject: string, namespace: string, v1: SpecV1["chart"], settings: OperatorSettings): ChartSource {
    const address = gitAddress(v1.git ?? "");
    if (address.at === "Unusable") return { at: "None", field: "spec.chart.git", why: address.why };
    const inner = innerPath(v1.path ?? "");
    if (inner === undefined) return { at: "None", field: "spec.chart.path", why: "it leads out of the repository" };
    const path = `./${inner}`;
    const ref = v1.ref || settings.gitRef;
    const asked = reference(ref);
    const secret = this.#gitSecret(subject, namespace, v1, address);
    if (typeof secret === "object") return secret;
    const key = JSON.stringify([address.url, ref, secret]);
    const name = this.#once("GitRepository", namespace, nameFrom(address.title, "charts"), key, {
      interval: settings.gitInterval,
      url: address.url,
      ref: asked,
      timeout: settings.gitTimeout,
      ...(secret === undefined ? {} : { secretRef: { name: secret } }),
    });
    const to = `GitRepository ${namespace}/${name}`;
    if (ref !== settings.gitRef) this.#guess(to, ref, asked);
    const translated: [string, string][] = [
      ["spec.chart.git", `${to} spec.url`],
      ...(v1.ref ? [["spec.chart.ref", `${to} spec.ref`] satisfies [string, string]] : []),
      ["spec.chart.path", "spec.chart.spec.chart"],
      ...(v1.secretRef ? [["spec.chart.secretRef", `${to} spec.secretRef`] satisfies [string, string]] : []),
    ];
    const left: [string, string][] = [];
    if (v1.skipDepUpdate !== undefined) left.push(["spec.chart.skipDepUpdate", "Flux 2 always resolves what a chart from Git depends on"]);
    for (const field of ["repository", "name", "version"] as const)
      if (v1[field] !== undefined) left.push([`spec.chart.${field}`, "the chart is in Git, which comes first"]);
    if (address.credentials)
      left.push(["credential in spec.chart.git", "it is not copied: move it to the Secret that the GitRepository names"]);
    this.#draft.ledger.chore(
      "ApplyReleases",
      `Charts in Git: Flux 2 upgrades when ${code("version")} in ${code("Chart.yaml")} changes; the Helm Operator did so with each commit. After the move, ${code("spec.chart.spec.reconcileStrategy: Revision")} brings that back. It is not written, since it changes the chart's version label, and could restart pods.`,
    );
    return {
      at: "Found",
      chart: { chart: path, sourceRef: { kind: "GitRepository", name }, interval: settings.gitInterval },
      path,
      translated,
      left,
    };
  }

  #guess(to: string, ref: string, { branch, tag }: Readonly<Record<string, string>>): void {
    if (branch === undefined && tag === undefined) return;
    this.#draft.ledger.chore(
      "Prepare",
      `${code(ref)} is taken for a ${tag === undefined ? "branch" : "tag"} in ${code("spec.ref")} of ${code(to)}: the Helm Operator took any reference. Where it is another, say which.`,
    );
  }

  /** @returns the Secret's name, undefined where none is needed, or why there can be no source */
  #gitSecret(subject: string, namespace: string, v1: SpecV1["chart"], address: SourceAddress & { at: "Usable" }) {
    const { ledger } = this.#draft;
    if (v1.secretRef) {
      const { name, namespace: other } = v1.secretRef;
      if (!isObjectName(name)) return { at: "None", field: "spec.chart.secretRef", why: "it names no Secret that can be" } as const;
      if (!other || other === namespace) return name;
      const copy = this.#draft.secretFor(`${other}/${name}`, namespace, name);
      const as = copy === name ? "" : ` as ${code(copy)}`;
      ledger.chore(
        "Prepare",
        `Copy the Secret ${code(name)} of ${code(other)} into ${code(namespace)}${as}: a GitRepository reads Secrets of its own namespace only (${code(subject)}).`,
      );
      return copy;
    }
    if (address.scheme !== "ssh" && !address.credentials) return undefined;
    const origin = address.scheme === "ssh" ? `the Helm Operator's key for ${address.host}` : address.url;
    const name = this.#draft.secretFor(origin, namespace, SSH_SECRET);
    const keys =
      address.scheme === "ssh" ? `${code("identity")} and ${code("known_hosts")}` : `${code("username")} and ${code("password")}`;
    ledger.chore(
      "Prepare",
      `The chart of ${code(subject)} is in a Git repository that the Helm Operator opened with a credential of its own. Put that into the Secret ${code(name)} in ${code(namespace)}, with ${keys}.`,
    );
    return name;
  }

  #once(
    kind: "HelmRepository" | "GitRepository",
    namespace: string,
    wanted: string,
    key: string,
    spec: Readonly<Record<string, unknown>>,
  ): string {
    const place = `${kind} ${namespace} ${key}`;
    const known = this.#names.get(place);
    if (known !== undefined) return known;
    const name = this.#draft.names.take(kind, namespace, wanted);
    this.#names.set(place, name);
    this.#draft.add(kind, namespace, name, spec);
    return name;
  }
}

/** v1 took any reference of Git; v2 asks which kind it is. */
function reference(ref: string): Readonly<Record<string, string>> {
  if (COMMIT.test(ref)) return { commit: ref };
  if (ref.startsWith("refs/")) return { name: ref };
  return VERSION_TAG.test(ref) ? { tag: ref } : { branch: ref };
}
