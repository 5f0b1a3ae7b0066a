/** Which of the HelmReleases v1 that were seen are translated, and by the settings of which Helm Operator. How each is: helm-release.ts. */
import { listed } from "../assess/sentence.ts";
import { visibleText } from "../detect/visible-text.ts";
import { type Steered, translateAnnotations } from "./automation.ts";
import { ChartSources } from "./chart-source.ts";
import type { Daemon } from "./daemon.ts";
import { type DistinctRelease, distinctReleases } from "./distinct-releases.ts";
import type { Draft } from "./draft.ts";
import { fluxAnnotations } from "./flux-annotations.ts";
import { Flux1Releases } from "./flux1-release.ts";
import { DEFAULT_OPERATOR, type HelmOperator, operatorOf, readHelmOperator } from "./helm-operator.ts";
import { closeHelmRelease, translateHelmRelease } from "./helm-release.ts";
import { HelmReleaseV1, releaseNameOf, targetNamespaceOf } from "./helm-release-v1.ts";
import type { PlanInput, Policies } from "./plan.ts";
import type { Seen } from "./seen-object.ts";
import { helmOperatorReason } from "./untranslated-flags.ts";
import { valueImages } from "./value-images.ts";

/** Of a namespace and a name, with the slash. */
const RELEASE_CHARACTERS = 320;

export function translateReleases(seen: readonly Seen[], daemons: readonly Daemon[], input: PlanInput, policies: Policies, draft: Draft) {
  const { ledger } = draft;
  const { count, readable } = distinctReleases(seen, input.places ?? new Map(), ledger);
  const operators = daemons.filter(({ component }) => component.name === "helm-operator");
  const read = operators.map((daemon) => readHelmOperator(daemon, count > 0, draft));
  const sources = new ChartSources(draft);
  const ofFlux1 = new Flux1Releases(daemons, input.declaredInstalls, ledger);
  const rivals = rivalsOf(readable);
  let translated = 0;
  for (const { head, value } of readable) {
    if (ofFlux1.takes(head.subject, value)) continue;
    const operator: HelmOperator | undefined = operatorOf(head, read);
    if (operator === undefined && !input.leftovers) {
      ledger.left(head.subject, "the whole object", "no Helm Operator looks after it; --leftovers translates it");
      continue;
    }
    const rival = rivals.get(head.subject);
    if (rival !== undefined) {
      ledger.left(head.subject, "the whole object", rival);
      continue;
    }
    const release = translateHelmRelease(head.subject, value, operator ?? DEFAULT_OPERATOR, sources, draft);
    if (release === undefined) continue;
    translated += 1;
    const steered = steeredRelease(head.subject, release);
    if (steered) translateAnnotations(steered, policies.of, policies.why, draft);
    closeHelmRelease(head.subject, value, draft);
  }
  for (const operator of read) operator.flags.close(helmOperatorReason);
  return { seen: count, translated, ofFlux1: ofFlux1.count };
}

/** By subject, why it cannot be told whose the release is: the Helm Operator let one of them have it, and helm-controller would let both. */
function rivalsOf(releases: readonly DistinctRelease[]): Map<string, string> {
  const asked = releases.flatMap(({ head, value }) => {
    const { data } = HelmReleaseV1.safeParse(value);
    // Helm 2 keeps its releases elsewhere, and none of it is translated.
    if (data === undefined || data.spec.helmVersion === "v2") return [];
    return { subject: head.subject, release: `${targetNamespaceOf(data)}/${releaseNameOf(data)}` };
  });
  const groups = [...Map.groupBy(asked, ({ release }) => release)].filter(([, group]) => group.length > 1);
  return new Map(
    groups.flatMap(([release, group]) => {
      const named = listed(group.map(({ subject }) => subject));
      const why = `${group.length} objects ask for the Helm release ${visibleText(release, RELEASE_CHARACTERS)} (${named}): helm.fluxcd.io/antecedent on what it made says which one has it. Stop the Helm Operator before another is deleted, or it uninstalls the release; then take out the others, and plan again. Nothing of this object is translated`;
      return group.map(({ subject }) => [subject, why] as const);
    }),
  );
}

function steeredRelease(subject: string, { metadata, spec }: HelmReleaseV1): Steered | undefined {
  const annotations = new Map(Object.entries(metadata.annotations ?? {}));
  const read = fluxAnnotations(annotations);
  const object = `HelmRelease ${metadata.namespace || "default"}/${metadata.name}`;
  return read.length === 0 ? undefined : { subject, annotations, images: valueImages(object, spec.values, read), pullSecrets: [] };
}
