/** The cluster sorted out: what counts, what is set aside, which installations there are. One value that all judgements share. */
import { COMPONENTS, type DetectedComponent } from "../detect/component.ts";
import { type PhaseState, phaseAt } from "../timetable/phase.ts";
import { compareText } from "./compare-text.ts";
import { type Ignored, ignoredBy, setAside } from "./ignore.ts";
import { narrowing, selects } from "./label-selector.ts";
import { type Leftover, leftoversOf } from "./leftovers.ts";
import { type Coverage, coverageOf, DOCUMENT_RESOURCE, type Look, NAMESPACE_RESOURCE, type Unreadable } from "./look.ts";
import type { Subject } from "./subject.ts";
import { type ToolkitInstance, toolkitInstances } from "./toolkit-instance.ts";
import { type UpgradePath, upgradePath } from "./upgrade.ts";

export interface IgnoredComponent {
  component: DetectedComponent;
  ignored: Ignored;
}

export interface Cluster {
  subject: Subject;
  coverage: Coverage;
  fluxd: readonly DetectedComponent[];
  helmOperators: readonly DetectedComponent[];
  /** Both of the above. */
  flux1: readonly DetectedComponent[];
  toolkits: readonly ToolkitInstance[];
  clis: readonly DetectedComponent[];
  ignored: readonly IgnoredComponent[];
  /** What Flux 1 left or still uses. */
  leftovers: readonly Leftover[];
  /** source-controller and kustomize- or helm-controller, each with a wanted replica. */
  toolkitInstalled: boolean;
  /** Whether the namespaceSelector leaves nothing to look at. */
  nothingSelected: boolean;
  /** Phase of Flux 1 now. */
  flux1Phase: PhaseState;
  upgrade: UpgradePath;
}

export function sortOut(seen: Subject): Cluster {
  const { spec, now, edition, data } = seen;
  const selector = narrowing(spec.namespaceSelector);
  const { namespaces } = seen.look;
  // What was seen is told, although nobody can say whether its namespace is selected.
  const blind = seen.look.unreadable.some(({ resource }) => resource === NAMESPACE_RESOURCE);
  const selected = (namespace: string) =>
    !selector || (blind && !namespaces.has(namespace)) || selects(selector, namespaces.get(namespace)?.labels ?? {});
  // A workload that is set aside, or out of view, need not be understood either.
  const concerns = ({ resource, object = "" }: Unreadable) => {
    if (resource === DOCUMENT_RESOURCE) return true;
    const [namespace = "", name] = object.split("/");
    return name === undefined || (selected(namespace) && !ignoredBy({ namespace, workload: { name } }, spec.ignore ?? [], now));
  };
  const look = inOrder({ ...seen.look, unreadable: seen.look.unreadable.filter(concerns) });
  const subject = { ...seen, look };
  const inView = look.components.filter((component) => selected(component.namespace));
  const judged = inView.map((component) => ({
    component,
    ignored: ignoredBy(component, spec.ignore ?? [], now) ?? setAside(component, now),
  }));
  const active = judged.flatMap(({ component, ignored }) => (ignored ? [] : [component]));
  const ignored = judged.flatMap(({ component, ignored: why }) => (why ? [{ component, ignored: why }] : []));
  const flux1 = active.filter((component) => component.track === "Flux1");
  const toolkits = toolkitInstances(
    active.filter((component) => component.track === "GitOpsToolkit"),
    subject,
  );
  const coverage = coverageOf(look, selector !== undefined);
  return {
    subject,
    coverage,
    fluxd: flux1.filter((component) => component.name === "fluxd"),
    helmOperators: flux1.filter((component) => component.name === "helm-operator"),
    flux1,
    toolkits,
    clis: active.filter((component) => component.track === "Flux2CLI"),
    ignored,
    // While a Helm Operator that is set aside runs, its CRDs are in use, and deleting them would uninstall its releases.
    leftovers: ignored.some(({ component }) => component.track === "Flux1") ? [] : leftoversOf(look),
    toolkitInstalled: toolkits.some(runsControllers),
    nothingSelected: selector !== undefined && !blind && ![...namespaces.keys()].some(selected),
    flux1Phase: phaseAt(edition, data.after, "Flux1", now),
    upgrade: upgradePath(toolkits, flux1.length > 0, subject, coverage.crds),
  };
}

/** The order in which a watch delivers must not show: a status that differs by it would be written again and again. */
function inOrder(look: Look): Look {
  const place = ({ name, namespace, workload, container, source }: DetectedComponent) =>
    [String(COMPONENTS.indexOf(name)).padStart(2, "0"), namespace, workload.name, workload.kind, container, source?.file ?? ""].join("/");
  const components = look.components.map((component) => ({ component, key: place(component) })).sort((a, b) => compareText(a.key, b.key));
  return {
    ...look,
    components: components.map(({ component }) => component),
    crds: look.crds.toSorted((a, b) => compareText(a.name, b.name)),
    unreadable: look.unreadable.toSorted((a, b) => compareText(`${a.resource}/${a.object ?? ""}`, `${b.resource}/${b.object ?? ""}`)),
  };
}

function runsControllers(instance: ToolkitInstance): boolean {
  const wanted = (name: string) => instance.components.some((component) => component.name === name && component.replicas > 0);
  return wanted("source-controller") && (wanted("kustomize-controller") || wanted("helm-controller"));
}
