/** `flux-migration operator --once`: one judgement, printed. Listens nowhere and leads nothing. */
import type { Assessment } from "../assess/assess.ts";
import { installCrds } from "../operator/install-crds.ts";
import { Operator } from "../operator/operator.ts";
import { couldNotRead, success } from "./exit-codes.ts";
import { firstAnswer } from "./first-answer.ts";
import type { Run } from "./operator-command.ts";
import { statusText } from "./print-status.ts";

/** A cluster that does not answer is given up after this long: somebody waits for the answer. */
const LIMIT_MS = 90_000;

type Outcome = { judged: Assessment } | { not: string };

/** @returns the exit code: a look that was not whole is one that could not be read */
export async function judgeOnce(run: Run, asked: AbortSignal): Promise<number> {
  const { client, log, dryRun } = run.operator;
  const ended = Promise.withResolvers<Outcome>();
  const operator = new Operator({
    ...run.operator,
    assessed: (judged) => ended.resolve({ judged }),
    heldBack: (not) => ended.resolve({ not }),
  });
  const giveUp = () => ended.resolve({ not: `${client.server} could not be read within ${LIMIT_MS / 1000} s; the log above says why` });
  const limit = setTimeout(giveUp, LIMIT_MS);
  asked.addEventListener("abort", () => ended.resolve({ not: "stopped before there was a judgement" }), { once: true });
  try {
    // Whoever is asked to end waits for no server.
    const early = await Promise.race([firstAnswer(client), ended.promise]);
    if (early) return print(early);
    if (run.settings.installCrds && dryRun !== true) await Promise.race([installCrds(client, log), ended.promise]);
    operator.start();
    return print(await ended.promise);
  } finally {
    clearTimeout(limit);
    await operator.stop();
  }
}

function print(outcome: Outcome): number {
  if ("not" in outcome) {
    process.stderr.write(`flux-migration: ${outcome.not}\n`);
    return couldNotRead;
  }
  const { status } = outcome.judged;
  process.stdout.write(`${statusText(status)}\n`);
  return (status.inventory?.unreadable ?? []).length > 0 ? couldNotRead : success;
}
