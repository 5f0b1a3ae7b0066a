/** Plans for tests: Flux 1 as its manifests stand, naming only what a test is about, and what the plan says, one line a fact. */
import { parseAdvice } from "../../../src/assess/advice.ts";
import { parseApiVersions } from "../../../src/assess/api-versions-file.ts";
import type { ReferenceData } from "../../../src/assess/subject.ts";
import { parseDeclaredInstalls } from "../../../src/detect/declared-installs-file.ts";
import type { PlannedObject } from "../../../src/plan/draft.ts";
import { type Plan, type PlanInput, planMigration } from "../../../src/plan/plan.ts";
import { parseAfter } from "../../../src/timetable/after.ts";
import { parseEdition } from "../../../src/timetable/edition.ts";
import { parseReleases } from "../../../src/timetable/releases-file.ts";
import { catalogue, configFile, deployment, managers, type WorkloadParts } from "../detect/workload-builder.ts";

export const data: ReferenceData = {
  after: parseAfter(configFile("timetable/after.yaml"), "after.yaml"),
  releases: parseReleases(configFile("flux-releases.json"), "flux-releases.json"),
  apis: parseApiVersions(configFile("gotk-api-versions.json"), "gotk-api-versions.json"),
  advice: parseAdvice(configFile("actions.yaml"), "actions.yaml"),
};

const declaredInstalls = parseDeclaredInstalls(configFile("declared-installs.yaml"), "declared-installs.yaml");
const edition = parseEdition(configFile("timetable/2022-09-20.yaml"), "2022-09-20.yaml");

export const NOW = new Date("2026-11-23T09:00:00Z");

/** fluxd in namespace flux with the arguments, beside a repository where they name none. */
export const fluxd = (args: string[], parts: WorkloadParts = {}) =>
  deployment("flux", "flux", {
    image: "docker.io/fluxcd/flux:1.25.4",
    args: args.some((arg) => arg.startsWith("--git-url")) ? args : ["--git-url=git@git.example.com:platform/fleet", ...args],
    ...parts,
  });

/** A Helm Operator of Helm 3 alone, unless its arguments say otherwise. */
export const helmOperator = (args: string[] = ["--enabled-helm-versions=v3"]) =>
  deployment("flux", "helm-operator", { image: "docker.io/fluxcd/helm-operator:1.4.4", args });

/** HelmRelease shop/cart with a chart of a Helm repository, unless the spec says otherwise. */
export const helmRelease = (
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
  apiVersion = "helm.fluxcd.io/v1",
) => ({
  apiVersion,
  kind: "HelmRelease",
  metadata: { name: "cart", namespace: "shop", ...metadata },
  spec: { chart: { repository: "https://charts.example.com/", name: "cart", version: "2.1.0" }, ...spec },
});

export function planned(objects: readonly unknown[], input: Partial<PlanInput> = {}): Plan {
  return planMigration({
    objects,
    crds: [],
    namespaces: new Map(),
    unreadable: [],
    leftovers: true,
    catalogue,
    managers,
    declaredInstalls,
    data,
    edition,
    now: NOW,
    ...input,
  });
}

/** The one object of a kind. */
export function only(plan: Plan, kind: PlannedObject["kind"]): PlannedObject {
  const [object, ...others] = plan.objects.filter((each) => each.kind === kind);
  if (object === undefined || others.length > 0)
    throw new Error(`${others.length + (object ? 1 : 0)} of ${kind}: ${JSON.stringify(plan.untranslated)}`);
  return object;
}

export const namesOf = (plan: Plan) => plan.objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);

/** `--git-label: Flux 2 keeps no sync tag in Git; ...` */
export const leftOf = (plan: Plan) => plan.untranslated.map(({ field, reason }) => `${field}: ${reason}`);

/** Fields that were not translated. */
export const leftFields = (plan: Plan) => plan.untranslated.map(({ field }) => field);
