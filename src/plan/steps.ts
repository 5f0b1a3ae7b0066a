/**
 * The steps of a plan, in the official order [1]: never do two controllers look after the same objects. Says what is done and by which commands;
 * checklist.ts writes it down. [1] https://fluxcd.io/flux/migration/flux-v1-migration/
 */
import { bootstrapFlags, controllersToInstall, missingControllers } from "./controllers.ts";
import type { DaemonWorkload } from "./daemon.ts";
import { type PlannedFile, plannedFiles } from "./files.ts";
import type { Chore, StepName } from "./ledger.ts";
import { STEPS } from "./ledger.ts";
import { code, command } from "./markdown.ts";
import type { Plan, Upgrade } from "./plan.ts";
import { secretsRead } from "./secrets-read.ts";

export interface Step {
  readonly name: StepName;
  readonly title: string;
  /** Paragraphs and commands, in their order. */
  readonly parts: readonly Part[];
  readonly chores: readonly Chore[];
}

export interface Part {
  readonly text: string;
  readonly commands: readonly string[];
}

const READY_LIMIT = "--timeout=10m";

/** @returns only those that this plan needs */
export function stepsOf(plan: Plan): Step[] {
  const files = plannedFiles(plan);
  return STEPS.flatMap((name) => {
    const chores = plan.chores.filter(({ step }) => step === name);
    const { title, parts } = WRITERS[name](
      plan,
      files.filter(({ step }) => step === name),
    );
    return parts.length === 0 && chores.length === 0 ? [] : [{ name, title, parts, chores }];
  });
}

/** Number of the step in which files of a kind are resumed; undefined where there is none. */
export function stepNumber(steps: readonly Step[], name: StepName): number | undefined {
  const index = steps.findIndex((step) => step.name === name);
  return index < 0 ? undefined : index + 1;
}

type Writer = (plan: Plan, files: readonly PlannedFile[]) => { title: string; parts: Part[] };

const WRITERS: Readonly<Record<StepName, Writer>> = {
  UpgradeToolkit: (plan) => ({
    title: "Upgrade what stands in the way",
    parts: [
      ...(plan.target.needsKubernetes === undefined
        ? []
        : [part(`Flux ${plan.target.minor} needs Kubernetes ${plan.target.needsKubernetes}: upgrade this cluster, or move to a new one.`)]),
      ...(plan.upgrade === undefined
        ? []
        : [part(`The manifests are for Flux ${plan.target.minor}. ${way(plan.upgrade)}${plan.upgrade.sentence}`)]),
    ],
  }),
  InstallToolkit: (plan) =>
    plan.toolkits.length === 0
      ? {
          title: `Install Flux ${plan.target.minor}`,
          parts: [
            part(
              `Run ${code("flux bootstrap")} of Flux ${plan.target.minor} for a new path or branch of your repository, one that fluxd does not sync. Components: ${controllersToInstall(plan.objects).map(code).join(", ")}.`,
              [command("flux", "check", "--pre")],
            ),
          ],
        }
      : { title: "Add the controllers that are missing", parts: missing(plan) },
  Prepare: () => ({ title: "Prepare Secrets, Helm releases and Git", parts: [] }),
  StopFluxd: ({ fluxds }) => ({
    title: "Stop fluxd",
    parts: fluxds.length === 0 ? [] : [part("Nothing may sync from Git twice. Keep fluxd for the way back.", fluxds.flatMap(stopped))],
  }),
  ApplySync: (plan, files) => ({
    title: "Let Flux 2 sync from Git",
    parts:
      files.length === 0
        ? []
        : [
            part(
              "In Git, take Flux 1's own manifests out of the synced paths, or set their replicas to 0: the Kustomization would start fluxd again. Leave HelmReleases v1 where they are. Then apply the sources, and wait for them:",
              [...applied(files.filter(notSuspended)), ...ready(files, "GitRepository")],
            ),
            part("Apply the rest, still suspended:", applied(files.filter((file) => !notSuspended(file)))),
            part(
              "In a clone of the repository, see what each Kustomization would create or change. Go on once that is only what you expect: fluxd had it applied already.",
              ofKind(files, "Kustomization").map(compared),
            ),
            part("Lift the suspension, and wait:", [...resumed(files, "Kustomization"), ...ready(files, "Kustomization")]),
          ].slice(0, plan.fluxds.length === 0 ? 0 : undefined),
  }),
  ImageAutomation: (_plan, files) => ({
    title: "Let Flux 2 update images",
    parts:
      files.length === 0
        ? []
        : [
            part(
              "Only once the Kustomizations are Ready. Apply repositories and policies, and compare what each policy chose with what runs:",
              [...applied(files.filter(notSuspended)), command("flux", "get", "images", "policy", "-A")],
            ),
            part("First do what stands below in this step: marks, Secrets, the right to push. Then let Flux 2 write:", [
              ...applied(files.filter((file) => !notSuspended(file))),
              ...resumed(files, "ImageUpdateAutomation"),
            ]),
          ],
  }),
  StopHelmOperator: ({ helmOperators }) => ({
    title: "Stop the Helm Operator",
    parts:
      helmOperators.length === 0
        ? []
        : [
            part(
              "Stop it, and do not remove it or its CRD: while it runs, a HelmRelease v1 that is deleted uninstalls its release. Where its manifest is in Git, set replicas to 0 there first, or the Kustomization starts it again.",
              helmOperators.flatMap(stopped),
            ),
          ],
  }),
  ApplyReleases: (_plan, files) => ({ title: "Move the Helm releases, one by one", parts: releaseParts(files) }),
  RemoveWorkloads: ({ fluxds, helmOperators, objects, releases }) => ({
    title: "Remove Flux 1's workloads",
    parts:
      fluxds.length + helmOperators.length === 0
        ? []
        : [
            part(
              `Once all is Ready, and the way back is no longer needed. Remove ServiceAccounts, ClusterRoles, Secrets and memcached of Flux 1 as well${keeping(objects, [...fluxds, ...helmOperators], releases)}.`,
              [...fluxds, ...helmOperators].map(({ component: { namespace, workload } }) =>
                command("kubectl", "-n", namespace, "delete", `${workload.kind.toLowerCase()}/${workload.name}`),
              ),
            ),
          ],
  }),
  RemoveLeftovers: ({ releases, helmOperators }) => ({
    title: "Remove Flux 1's objects and CRDs",
    parts:
      releases.seen + helmOperators.length === 0
        ? []
        : [
            part(
              `${notMoved(releases)}Only while no Helm Operator runs in any namespace, and only once each release above is Ready as HelmRelease v2: then deleting uninstalls nothing. Take the HelmReleases v1 out of Git, then:`,
              [command("kubectl", "delete", "crd", "--ignore-not-found", "helmreleases.helm.fluxcd.io", "helmreleases.flux.weave.works")],
            ),
          ],
  }),
};

function way({ namespace, from, order }: Upgrade): string {
  return order === undefined ? `The toolkit in ${code(namespace)} is ${from}. ` : `Way: ${order}. `;
}

/** A CRD takes all of its objects with it. */
function notMoved({ seen, translated, ofFlux1 }: Plan["releases"]): string {
  const left = seen - translated - ofFlux1;
  return left === 0 ? "" : `**${left} of ${seen} HelmReleases v1 ${left === 1 ? "is" : "are"} not translated: move or drop them first.** `;
}

function part(text: string, commands: readonly string[] = []): Part {
  return { text, commands };
}

/** Where Flux 1 is in the namespace of what reads them. Helm removes what a chart made, whatever is annotated later. */
function keeping(objects: Plan["objects"], daemons: readonly DaemonWorkload[], { ofFlux1 }: Plan["releases"]): string {
  const kept = secretsRead(objects, new Set(daemons.map(({ component }) => component.namespace)));
  const made = ofFlux1 === 0 ? "" : ". Uninstalling a chart removes those that it made: save them before, and apply them again";
  return kept.length === 0 ? "" : `, but keep the Secrets that Flux 2 reads: ${kept.map(code).join(", ")}${made}`;
}

function missing({ objects, toolkits }: Plan): Part[] {
  const names = missingControllers(objects, toolkits);
  if (names.length === 0) return [];
  const flags = bootstrapFlags(names, toolkits);
  return [
    part(
      `No controller would look after some of these objects: ${names.map(code).join(", ")} ${names.length === 1 ? "was" : "were"} not seen. Add what is missing by what installed the toolkit: ${code("flux bootstrap")} as it was run, with ${flags.map(code).join(" ")}; ${code("spec.components")} of a FluxInstance; or the values of the Helm chart. Then:`,
      [command("flux", "check", ...flags)],
    ),
  ];
}

function stopped({ component: { namespace, workload } }: DaemonWorkload): string[] {
  const name = `${workload.kind.toLowerCase()}/${workload.name}`;
  if (workload.kind !== "DaemonSet") return [command("kubectl", "-n", namespace, "scale", name, "--replicas=0")];
  // A DaemonSet has no replicas: no node has this label.
  const patch = { spec: { template: { spec: { nodeSelector: { "flux-migration.dev/stopped": "true" } } } } };
  return [command("kubectl", "-n", namespace, "patch", name, "-p", JSON.stringify(patch))];
}

function notSuspended({ object }: PlannedFile): boolean {
  return object.spec.suspend !== true;
}

function applied(files: readonly PlannedFile[]): string[] {
  return files.map(({ name }) => command("kubectl", "apply", "-f", name));
}

/** Ends with 1 where something differs. */
function compared({ object: { metadata, spec } }: PlannedFile): string {
  return command("flux", "-n", metadata.namespace, "diff", "kustomization", metadata.name, `--path=${spec.path}`);
}

function resumed(files: readonly PlannedFile[], kind: string): string[] {
  const words = { Kustomization: ["kustomization"], ImageUpdateAutomation: ["image", "update"], HelmRelease: ["helmrelease"] }[kind] ?? [];
  return ofKind(files, kind).map(({ object: { metadata } }) =>
    command("flux", "-n", metadata.namespace, "resume", ...words, metadata.name),
  );
}

/** The whole name of the resource: HelmRelease is one of Flux 1 as well. */
function ready(files: readonly PlannedFile[], kind: string): string[] {
  return ofKind(files, kind).map(({ object: { apiVersion, metadata } }) => {
    const resource = `${kind.toLowerCase().replace(/y$/, "ie")}s.${apiVersion.replace(/\/.*$/, "")}/${metadata.name}`;
    return command("kubectl", "-n", metadata.namespace, "wait", resource, "--for=condition=Ready", READY_LIMIT);
  });
}

function ofKind(files: readonly PlannedFile[], kind: string): PlannedFile[] {
  return files.filter(({ object }) => object.kind === kind);
}

/** Source: fluxcd.io, "Migrate to the Helm Controller", migration strategy. */
const TAKE_OVER =
  "The helm-controller takes each release over by a Helm upgrade, also where nothing differs: a new revision, for which the chart's hooks run.";

function releaseParts(files: readonly PlannedFile[]): Part[] {
  const sources = files.filter(notSuspended);
  const releases = ofKind(files, "HelmRelease");
  if (releases.length === 0) return [];
  return [
    part(`Only once the Helm Operator is stopped. ${TAKE_OVER} Apply the sources, and wait for them:`, [
      ...applied(sources),
      ...ready(sources, "GitRepository"),
      // One of an OCI registry has no status.
      ...ready(
        sources.filter(({ object }) => object.spec.type !== "oci"),
        "HelmRepository",
      ),
    ]),
    ...releases.map((release) =>
      part(
        `${code(`${release.object.metadata.namespace}/${release.object.metadata.name}`)}: ${newestImages(release)}apply, lift the suspension, wait, look; then the next.`,
        [...applied([release]), ...resumed([release], "HelmRelease"), ...ready([release], "HelmRelease")],
      ),
    ),
    ...marked(releases.filter(({ marks }) => marks.length > 0)),
  ];
}

/** The plan is older than what fluxd wrote until it was stopped: applied as it stands, the file would bring an old image back. */
function newestImages({ name, marks }: PlannedFile): string {
  if (marks.length === 0) return "";
  const paths = marks.map(({ path }) => code(path.join(".")));
  return `first copy ${paths.join(", ")} from its HelmRelease v1 in Git, where fluxd may have written a newer image since this plan, to ${code(name)}; `;
}

function marked(releases: readonly PlannedFile[]): Part[] {
  if (releases.length === 0) return [];
  const files = releases.map(({ name }) => code(name)).join(", ");
  return [
    part(
      `Put ${files} into Git, below the path of the ImageUpdateAutomation, without ${code("suspend: true")} and with the markers: until then no one updates their images.`,
    ),
  ];
}
