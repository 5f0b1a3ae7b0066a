/** Which of the HelmReleases v1 that were seen are translated, and by the settings of which Helm Operator. How each is: helm-release.ts. */
import { valueAt } from "../detect/value-at.ts";
import { type Steered, translateAnnotations } from "./automation.ts";
import { ChartSources } from "./chart-source.ts";
import type { Daemon } from "./daemon.ts";
import type { Draft } from "./draft.ts";
import { fluxAnnotations } from "./flux-annotations.ts";
import { Flux1Releases } from "./flux1-release.ts";
import { DEFAULT_OPERATOR, type HelmOperator, operatorOf, readHelmOperator } from "./helm-operator.ts";
import { closeHelmRelease, translateHelmRelease } from "./helm-release.ts";
import { HELM_RELEASE_V1, type HelmReleaseV1 } from "./helm-release-v1.ts";
import { plainTree } from "./plain-tree.ts";
import type { PlanInput, Policies } from "./plan.ts";
import type { Seen, SeenHelmRelease } from "./seen-object.ts";
import { helmOperatorReason } from "./untranslated-flags.ts";
import { valueImages } from "./value-images.ts";

export function translateReleases(seen: readonly Seen[], daemons: readonly Daemon[], input: PlanInput, policies: Policies, draft: Draft) {
  const { ledger } = draft;
  const all = seen
    .flatMap(({ object, head }) => (head.is === "HelmRelease" ? [{ object, head }] : []))
    .toSorted((a, b) => Number(isNewer(b.head)) - Number(isNewer(a.head)) || (a.head.subject < b.head.subject ? -1 : 1));
  const newer = new Set(all.flatMap(({ head }) => (isNewer(head) ? [placeOf(head)] : [])));
  const operators = daemons.filter(({ component }) => component.name === "helm-operator");
  const read = operators.map((daemon) => readHelmOperator(daemon, all.length > 0, draft));
  const sources = new ChartSources(draft);
  const ofFlux1 = new Flux1Releases(daemons, input.declaredInstalls, ledger);
  let translated = 0;
  for (const { object, head } of all) {
    if (!isNewer(head) && newer.has(placeOf(head))) {
      ledger.left(head.subject, "the whole object", `a HelmRelease of this name is there as ${HELM_RELEASE_V1}, which counts`);
      continue;
    }
    const tree = plainTree(object);
    if (tree.at === "None") {
      ledger.left(head.subject, tree.field, `${tree.why}. Nothing of this object is translated`);
      continue;
    }
    if (valueAt(tree.value, ["sops"]) !== undefined) {
      const why = "SOPS has encrypted the object: decrypt its file, or plan from the cluster";
      ledger.left(head.subject, "sops", `${why}. Nothing of this object is translated`);
      continue;
    }
    if (ofFlux1.takes(head.subject, tree.value)) continue;
    const operator: HelmOperator | undefined = operatorOf(head, read);
    if (operator === undefined && !input.leftovers) {
      ledger.left(head.subject, "the whole object", "no Helm Operator looks after it; --leftovers translates it");
      continue;
    }
    const release = translateHelmRelease(head.subject, tree.value, operator ?? DEFAULT_OPERATOR, sources, draft);
    if (release === undefined) continue;
    translated += 1;
    const steered = steeredRelease(head.subject, release);
    if (steered) translateAnnotations(steered, policies.of, policies.why, draft);
    closeHelmRelease(head.subject, tree.value, draft);
  }
  for (const operator of read) operator.flags.close(helmOperatorReason);
  return { seen: all.length, translated, ofFlux1: ofFlux1.count };
}

function isNewer({ apiVersion }: SeenHelmRelease): boolean {
  return apiVersion === HELM_RELEASE_V1;
}

function placeOf({ namespace, name }: SeenHelmRelease): string {
  return `${namespace}/${name}`;
}

function steeredRelease(subject: string, { metadata, spec }: HelmReleaseV1): Steered | undefined {
  const annotations = new Map(Object.entries(metadata.annotations ?? {}));
  const read = fluxAnnotations(annotations);
  const object = `HelmRelease ${metadata.namespace || "default"}/${metadata.name}`;
  return read.length === 0 ? undefined : { subject, annotations, images: valueImages(object, spec.values, read), pullSecrets: [] };
}
