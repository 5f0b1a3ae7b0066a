/** Which controllers of the toolkit work on the objects of a plan, and which of them were not seen. Installs none. */
import type { ToolkitInstance } from "../assess/toolkit-instance.ts";
import type { ComponentName } from "../detect/component-name.ts";
import type { PlannedObject } from "./draft.ts";
import type { GeneratedKind } from "./target.ts";

/** What flux bootstrap installs unless it is told otherwise; others are --components-extra. */
const BY_DEFAULT: readonly ComponentName[] = ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"];
const EXTRA: readonly ComponentName[] = ["image-reflector-controller", "image-automation-controller", "source-watcher"];
/** Without these flux bootstrap refuses --components (requiredComponents in its cmd/flux/bootstrap.go). */
const REQUIRED: readonly ComponentName[] = ["source-controller", "kustomize-controller"];

const CONTROLLER_OF: Readonly<Record<GeneratedKind, ComponentName>> = {
  GitRepository: "source-controller",
  HelmRepository: "source-controller",
  Kustomization: "kustomize-controller",
  HelmRelease: "helm-controller",
  ImageRepository: "image-reflector-controller",
  ImagePolicy: "image-reflector-controller",
  ImageUpdateAutomation: "image-automation-controller",
  Provider: "notification-controller",
  Alert: "notification-controller",
};

/** For a new toolkit: those of flux bootstrap, and what the objects need beside them. */
export function controllersToInstall(objects: readonly PlannedObject[]): ComponentName[] {
  return [...new Set([...BY_DEFAULT, ...needed(objects)])];
}

/** What the objects need and none of the toolkits has. */
export function missingControllers(objects: readonly PlannedObject[], toolkits: readonly ToolkitInstance[]): ComponentName[] {
  const seen = seenIn(toolkits);
  return [...new Set(needed(objects))].filter((name) => !seen.has(name));
}

/** @returns `--components-extra=image-reflector-controller`, and --components where one of those is missing that it installs by itself */
export function bootstrapFlags(missing: readonly ComponentName[], toolkits: readonly ToolkitInstance[]): string[] {
  const seen = seenIn(toolkits);
  const basic = BY_DEFAULT.filter((name) => missing.includes(name));
  const all = BY_DEFAULT.filter((name) => REQUIRED.includes(name) || seen.has(name) || basic.includes(name));
  // Who puts the flag in the place of the one that was given must not lose what that named.
  const extra = EXTRA.filter((name) => seen.has(name) || missing.includes(name));
  return [
    ...(basic.length === 0 ? [] : [`--components=${all.join(",")}`]),
    ...(extra.length === 0 ? [] : [`--components-extra=${extra.join(",")}`]),
  ];
}

function needed(objects: readonly PlannedObject[]): ComponentName[] {
  return objects.map(({ kind }) => CONTROLLER_OF[kind]);
}

function seenIn(toolkits: readonly ToolkitInstance[]): ReadonlySet<string> {
  return new Set(toolkits.flatMap(({ components }) => components.map(({ name }) => name)));
}
