/** The files of a plan as texts: manifests by the serializer alone, and the checklist. Writes none (src/files/write-folder.ts). */
import type { FileToWrite } from "../files/write-folder.ts";
import { checklist } from "../plan/checklist.ts";
import { plannedFiles } from "../plan/files.ts";
import type { Plan } from "../plan/plan.ts";
import { stepNumber, stepsOf } from "../plan/steps.ts";
import { markedYaml } from "./marked-yaml.ts";

export const CHECKLIST = "README.md";

/** @param asOf day of the release data */
export function planFiles(plan: Plan, asOf: string): FileToWrite[] {
  return [{ name: CHECKLIST, text: checklist(plan, asOf) }, ...manifestFiles(plan)];
}

function manifestFiles(plan: Plan): FileToWrite[] {
  const steps = stepsOf(plan);
  return plannedFiles(plan).map(({ name, object, marks, step }) => ({
    name,
    text: `# Step ${stepNumber(steps, step)} of ${CHECKLIST}.\n${markedYaml(object, marks)}`,
  }));
}

/** All in one stream that kubectl takes: the checklist as comments, then each manifest under the name of its file. */
export function planStream(plan: Plan, asOf: string): string {
  const comments = checklist(plan, asOf)
    .trimEnd()
    .split("\n")
    .map((line) => `# ${line}`.trimEnd());
  const documents = manifestFiles(plan).map(({ name, text }) => `---\n# ${name}\n${text}`);
  return `${comments.join("\n")}\n${documents.join("")}`;
}

/** For programs. Steps are named, not worded. */
export function planJson(plan: Plan): string {
  const { cluster, kubernetesVersion, target, namespace, upgrade, releases, translations, untranslated, unreadable } = plan;
  const daemons = [...plan.fluxds, ...plan.helmOperators].map(({ subject, component: { name, version } }) => ({
    subject,
    name,
    ...(version.known ? { version: version.value } : {}),
  }));
  const files = plannedFiles(plan).map(({ name, object, marks, step }) => ({
    file: name,
    step,
    object,
    ...(marks.length === 0 ? {} : { marks }),
  }));
  const steps = stepsOf(plan).map(({ name, title }) => ({ name, title }));
  return JSON.stringify(
    { cluster, kubernetesVersion, target, namespace, upgrade, daemons, releases, steps, files, translations, untranslated, unreadable },
    null,
    2,
  );
}
