/** The colours in which the words of a status are shown. A new word of the API or of the timetable does not compile until it has one. */
import { type BlockedBy, type Migration, SEVERITIES, type Severity, type Support } from "../../src/api/words.ts";
import type { PHASES } from "../../src/timetable/track.ts";
import type { Colour, Words } from "./panel.ts";

type FluxPhase = (typeof PHASES.Flux1)[number];

/** "Could not look" has a colour of its own: it is neither good nor bad. */
const UNKNOWN: Colour = "purple";

export const PHASE_WORDS = {
  Maintenance: "yellow",
  PartialMigration: "yellow",
  Superseded: "orange",
  MigrationAndSecuritySupport: "orange",
  Archived: "red",
  NotAnnounced: "text",
  None: "text",
  Unknown: UNKNOWN,
} as const satisfies Words & Record<FluxPhase, Colour>;

export const SUPPORT_WORDS = {
  Current: "green",
  Supported: "green",
  Ending: "yellow",
  EndOfSupport: "orange",
  None: "text",
  Unknown: UNKNOWN,
} as const satisfies Record<Support, Colour>;

export const MIGRATION_WORDS = {
  NotInstalled: "text",
  NotStarted: "red",
  InProgress: "orange",
  LeftoversRemain: "yellow",
  Complete: "green",
  Unknown: UNKNOWN,
} as const satisfies Record<Migration, Colour>;

export const BLOCKED_WORDS = {
  None: "text",
  StoredVersions: "orange",
  KubernetesTooOld: "orange",
  Unknown: UNKNOWN,
} as const satisfies Record<BlockedBy, Colour>;

const SEVERITY_COLOURS: Record<Severity, Colour> = { None: "text", Info: "blue", Warning: "orange", Critical: "red" };

/** By rank, as gravestFirst() gives it. */
export const SEVERITY_WORDS: Words = Object.fromEntries(
  SEVERITIES.map((severity, rank) => [String(rank), { text: severity, colour: SEVERITY_COLOURS[severity] }]),
);

/** What a condition's state means, as the conditions' query gives it. */
export const VERDICT_WORDS: Words = {
  "0": { text: "Good", colour: "green" },
  "1": { text: "Unknown", colour: UNKNOWN },
  "2": { text: "Attention", colour: "orange" },
};
