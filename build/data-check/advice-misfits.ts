/** Actions against phases and managers, and managers against themselves. Words in braces and codes, the parser sees to. */
import type { Advice } from "../../src/assess/advice.ts";
import { ManagedBy } from "../../src/detect/managers.ts";
import type { Managers } from "../../src/detect/managers-file.ts";
import { PHASES } from "../../src/timetable/track.ts";
import { type Misfit, misfit } from "./misfit.ts";

const ACTIONS = "actions.yaml";

/** Before the first row. */
const PHASES_OF_FLUX1: readonly string[] = ["NotAnnounced", ...PHASES.Flux1];

export function adviceMisfits({ flux1, actions, upgrades }: Advice): Misfit[] {
  const strange = flux1.flatMap(({ phase }, index) =>
    PHASES_OF_FLUX1.includes(phase) ? [] : [misfit(ACTIONS, ["flux1", index, "phase"], phase, `one of ${PHASES_OF_FLUX1.join(", ")}`)],
  );
  const missing = PHASES_OF_FLUX1.filter((phase) => flux1.every((row) => row.phase !== phase)).map((phase) =>
    misfit(ACTIONS, ["flux1"], undefined, `a row for the phase ${phase}`),
  );
  const managers: string[] = [...ManagedBy.options, "Unknown"];
  const withoutUpgrade = managers
    .filter((name) => !(name in upgrades))
    .map((name) => misfit(ACTIONS, ["upgrades", name], undefined, `how a toolkit that ${name} manages is upgraded`));
  const strangeUpgrade = Object.keys(upgrades)
    .filter((name) => !managers.includes(name))
    .map((name) => misfit(ACTIONS, ["upgrades", name], name, `one of ${managers.join(", ")}`));
  return [
    ...strange,
    ...missing,
    ...twice(flux1.map(({ phase }) => phase)).map(({ index, value }) =>
      misfit(ACTIONS, ["flux1", index, "phase"], value, "each phase once"),
    ),
    ...twice(actions.map(({ code }) => code)).map(({ index, value }) =>
      misfit(ACTIONS, ["actions", index, "code"], value, "each code once"),
    ),
    ...withoutUpgrade,
    ...strangeUpgrade,
  ];
}

/** The first rule that holds wins: one with the tests of an earlier one never does. */
export function managerMisfits({ rules }: Managers): Misfit[] {
  return twice(rules.map(({ track, all }) => JSON.stringify([track, all]))).map(({ index }) =>
    misfit("managers.yaml", ["rules", index, "all"], "those of an earlier rule", "tests of its own: the first rule that holds wins"),
  );
}

function twice(values: readonly string[]): { index: number; value: string }[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [{ index, value }] : []));
}
