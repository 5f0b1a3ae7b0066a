/** The words that detection answers with: components and features. Knows no rules; component.ts shows them to the outside. */

/** Every component that can be found, Flux 1 first. */
export const COMPONENTS = [
  "fluxd",
  "helm-operator",
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
  "image-reflector-controller",
  "image-automation-controller",
  "source-watcher",
  "flux-cli",
] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/** What a fluxd is used for, in the order in which it is shown. */
export const FEATURES = ["ReadOnly", "ImageAutomation", "GarbageCollection", "ManifestGeneration", "SyncRepository"] as const;
export type Feature = (typeof FEATURES)[number];
