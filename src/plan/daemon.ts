/** Finds the Flux 1 daemons among workloads, and the arguments that they run with. What the arguments mean stands in fluxd.ts and helm-operator.ts. */
import * as z from "zod";
import type { Unreadable } from "../assess/look.ts";
import type { Catalogue } from "../detect/catalogue.ts";
import { readCommand } from "../detect/command.ts";
import { type DetectedComponent, detectWorkload } from "../detect/component.ts";
import type { Managers } from "../detect/managers-file.ts";
import { argumentList } from "../detect/workload.ts";
import { isNamespaceName, isObjectName } from "./names.ts";
import type { Seen } from "./seen-object.ts";

const ANTECEDENT = "helm.fluxcd.io/antecedent";

export interface DaemonWorkload {
  readonly component: DetectedComponent;
  /** `Deployment flux/flux` */
  readonly subject: string;
}

export interface Daemon extends DaemonWorkload {
  /** Without the daemon's name; `$(NAME)` filled in where the manifest holds the value. */
  readonly args: readonly string[];
  /** What the manifest holds of it; it can hold credentials. */
  readonly environment: ReadonlyMap<string, string>;
  /** `flux:helmrelease/flux`: what the Helm Operator wrote on all that it released. */
  readonly antecedent?: string | undefined;
}

/** @returns the daemons in the order of their names, all components beside them, and what is none that can be read */
export function detected(seen: readonly Seen[], { catalogue, managers }: { catalogue: Catalogue; managers: Managers }) {
  const daemons: Daemon[] = [];
  const components: DetectedComponent[] = [];
  const malformed: Unreadable[] = [];
  for (const { object, head } of seen) {
    if (head.is !== "Workload") continue;
    const reading = detectWorkload(object, head.kind, catalogue, managers);
    if (reading.at === "Malformed") {
      const { field, found, want } = reading.problem;
      const resource = `${head.kind.toLowerCase()}s.apps`;
      const message = `${head.subject}: ${field} is ${found}; want ${want}`;
      malformed.push({ resource, object: head.subject.replace(/^\w+ /, ""), verb: "parse", reason: "InvalidObject", message });
      continue;
    }
    components.push(...reading.components);
    const flux1 = reading.components.filter(({ track }) => track === "Flux1");
    for (const component of flux1) daemons.push({ ...daemonOf(component, object, catalogue), subject: head.subject });
  }
  const named = daemons.filter(({ component }) => isObjectName(component.workload.name) && isNamespaceName(component.namespace));
  for (const { subject } of daemons.filter((daemon) => !named.includes(daemon)))
    malformed.push({
      resource: "deployments.apps",
      verb: "parse",
      reason: "InvalidObject",
      message: `${subject} runs Flux 1, and has no name that Kubernetes takes`,
    });
  return { daemons: named.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)), components, malformed };
}

const DaemonShape = z.looseObject({
  metadata: z.looseObject({
    annotations: z
      .looseObject({ [ANTECEDENT]: z.string() })
      .nullish()
      .catch(undefined),
  }),
  spec: z.looseObject({ template: z.looseObject({ spec: z.looseObject({ containers: z.array(z.unknown()) }) }) }),
});

const DaemonContainer = z.looseObject({
  name: z.string().nullish(),
  command: argumentList,
  args: argumentList,
  env: z
    .array(z.looseObject({ name: z.string(), value: z.string().nullish() }))
    .nullish()
    .catch(undefined),
});

/** @param object the workload in which the component was detected */
function daemonOf(component: DetectedComponent, object: unknown, catalogue: Catalogue): Daemon {
  const { kind, name } = component.workload;
  const shape = DaemonShape.safeParse(object);
  const containers = shape.success ? shape.data.spec.template.spec.containers : [];
  const container = containers
    .map((each) => DaemonContainer.safeParse(each).data)
    .find((each) => each !== undefined && (each.name ?? "") === component.container);
  const reading = readCommand(container?.command ?? [], container?.args ?? [], component.name, catalogue);
  const environment = new Map((container?.env ?? []).flatMap(({ name: key, value }) => (typeof value === "string" ? [[key, value]] : [])));
  const args = reading.runs === "Daemon" ? reading.args.map((arg) => filledIn(arg, environment)) : [];
  const antecedent = shape.data?.metadata.annotations?.[ANTECEDENT];
  return { component, subject: `${kind} ${component.namespace}/${name}`, args, environment, antecedent };
}

/** As the kubelet does it [1]: $(NAME) of what is known, $$(NAME) as it stands with one dollar. Once: what a value holds is text.
 *  [1] https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/ */
function filledIn(arg: string, values: ReadonlyMap<string, string>): string {
  return arg.replace(/\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)/g, (whole, name?: string) => {
    if (whole === "$$") return "$";
    return (name === undefined ? undefined : values.get(name)) ?? whole;
  });
}
