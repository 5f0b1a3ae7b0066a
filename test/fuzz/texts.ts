/** Texts as somebody hostile, careless or ordinary would write them into a manifest. Holds no property. */
import fc from "fast-check";
import { HOSTILE } from "../unit/scan/hostile.ts";

const WORDS = [
  "fluxcd/flux",
  "docker.io/fluxcd/flux:1.25.4",
  "ghcr.io/fluxcd/source-controller:v1.6.2",
  "fluxcd/helm-operator",
  "cgr.dev/chainguard/flux-source-controller@sha256:00",
  "nginx:1.25",
  "helm-controller",
  "latest",
  "v2.6.4",
  "--git-readonly",
  "--git-url=https://user:secret@example.com/x",
  "sh",
  "-c",
  "exec fluxd $@",
  "flux-system",
  "until=2026-12-31; reason",
];
const SHORT_HOSTILE = HOSTILE.filter((text) => text.length < 1_000);
/** Letters of which names, images, shell lines and YAML are made. */
const LETTERS = [
  ..."abfluxcd/-.:@_0123456789 =,;|&'\"`$(){}[]<>\\!*#%~^+?\n\t\r",
  "\u0000",
  "\u001b",
  "\u202e",
  "\u2028",
  "\ud800",
  "é",
  "漢",
];

const noise = fc.array(fc.constantFrom(...LETTERS), { maxLength: 60 }).map((letters) => letters.join(""));

export const hostileText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 2, arbitrary: fc.constantFrom(...SHORT_HOSTILE) },
  { weight: 2, arbitrary: noise },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...WORDS), noise).map((pair) => pair.join("")) },
  { weight: 1, arbitrary: fc.array(fc.nat(0xffff), { maxLength: 30 }).map((codes) => String.fromCharCode(...codes)) },
);

/** Any value where a text, a number or a list belongs. */
export const anyValue = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, true, 0, -1, 1e300, 3.5, [], {}, [null], { a: 1 }) },
);
