/** What a reader of manifests found, one line a part. */
import type { ManifestPart } from "../../../src/manifests/manifest.ts";

/** `3 Deployment web`, `7 Unread: why`. */
export function told(parts: readonly ManifestPart[]): string[] {
  return parts.map((part) =>
    part.at === "Object" ? `${part.line} ${part.kind} ${nameOf(part.value)}` : `${part.line} ${part.at}: ${part.why}`,
  );
}

function nameOf(value: unknown): string {
  return (value as { metadata?: { name?: string } }).metadata?.name ?? "";
}

export const object = (name: string, kind = "Deployment") => `apiVersion: apps/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;
