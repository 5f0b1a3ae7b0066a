/** What installs and upgrades an installation. The namespace's annotation decides; else what the workloads' labels show. */
import type { DetectedComponent } from "../detect/component.ts";
import { MANAGED_BY_ANNOTATION, ManagedBy } from "../detect/managers.ts";
import type { Subject } from "./subject.ts";

export interface Management {
  managedBy: string;
  source: "Label" | "Annotation" | "Assumed";
}

/** Terraform leaves the same labels as flux bootstrap, so only the annotation can tell it; an annotation with another word is not believed. */
export function managementOf(namespace: string, components: readonly DetectedComponent[], subject: Subject): Management {
  const annotation = subject.look.namespaces.get(namespace)?.annotations[MANAGED_BY_ANNOTATION];
  const said = ManagedBy.safeParse(annotation);
  if (said.success) return { managedBy: said.data, source: "Annotation" };
  const manager = components.find((component) => component.manager !== undefined)?.manager;
  return manager ?? { managedBy: "Unknown", source: "Assumed" };
}

export function ownerOf(namespace: string, subject: Subject): { owner?: string } {
  const label = subject.settings.ownerLabel;
  const owner = label === undefined ? undefined : subject.look.namespaces.get(namespace)?.labels[label];
  return owner === undefined ? {} : { owner };
}
