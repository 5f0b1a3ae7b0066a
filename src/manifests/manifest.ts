/** What a text of manifests holds, part by part. Knows neither where the text is from nor what its objects mean. */

export interface Place {
  /** As messages name it: a path as the person gave it, or `stdin`. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** A Kubernetes object; those of a List stand alone. */
export interface ManifestObject extends Place {
  readonly at: "Object";
  readonly apiVersion: string;
  readonly kind: string;
  /** The object as it was written: hostile until a schema has read it. It may hold cycles, and lists that stand in it many times. */
  readonly value: unknown;
  /** The line of a field; that of its nearest parent where the field is missing. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** What could not be read, wholly or in part: it may hold anything. */
export interface Unread extends Place {
  readonly at: "Unread";
  /** What is wrong and what to do, without a stop at its end; safe to show. */
  readonly why: string;
}

/** What was left out on purpose and is no fault: a template, a device, a link that leads out of its tree. */
export interface Skipped extends Place {
  readonly at: "Skipped";
  readonly why: string;
}

export type ManifestPart = ManifestObject | Unread | Skipped;
