/** Makes label values fit to be shown: what a cluster holds may be hostile, and endless. Escapes nothing for Prometheus: its client does. */
import { visibleText } from "../detect/visible-text.ts";

/** As long as a name that a person still reads; the whole one stands in the status. */
export const VALUE_CHARACTERS = 100;

export type LabelValues = Readonly<Record<string, string>>;

export function shownLabels(labels: LabelValues): LabelValues {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, visibleText(value, VALUE_CHARACTERS)]));
}

/** @returns labels as they stand in a line of text, or as many bytes of another */
export function labelText(labels: LabelValues): string {
  // Once shown, a value has no characters that JSON and Prometheus escape each in its own way.
  return Object.entries(shownLabels(labels))
    .map(([name, value]) => `${name}=${JSON.stringify(value)},`)
    .join("");
}
