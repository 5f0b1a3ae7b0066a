/** `flux-migration operator`, the long run: health, and operators one after the other as the mounted data changes. */
import { once } from "node:events";
import { followFolder } from "../data/follow.ts";
import type { Data } from "../data/load.ts";
import { loadData } from "../data/load.ts";
import { messageOf } from "../kube/errors.ts";
import { startHealth } from "../operator/health.ts";
import { installCrds } from "../operator/install-crds.ts";
import { Operator } from "../operator/operator.ts";
import { Succession } from "../operator/succession.ts";
import { success } from "./exit-codes.ts";
import { annotatedLevel } from "./log-level.ts";
import type { Run } from "./operator-command.ts";

/** @returns the exit code, once it was asked to end and everything has ended in good order */
export async function keepWatch(run: Run, asked: AbortSignal): Promise<number> {
  const { settings, log } = run;
  const { client, dryRun } = run.operator;
  const observer = { annotated: annotatedLevel(log, settings.logLevel) };
  const operators = new Succession((data: Data) => new Operator({ ...run.operator, data, observer }), run.operator.data);
  /** What was started, in the order in which it is to end. */
  const ends: (() => Promise<void>)[] = [];
  try {
    if (settings.healthAddress !== undefined) {
      const health = await startHealth({ address: settings.healthAddress, ready: () => operators.ready() });
      log.info("health is served", { address: settings.healthAddress });
      ends.unshift(() => health.stop());
    }
    if (settings.installCrds && dryRun !== true) await installCrds(client, log);
    operators.start();
    ends.unshift(() => operators.stop());
    const { dataFolder } = settings;
    if (dataFolder !== undefined) ends.unshift(followFolder({ folder: dataFolder, changed: () => takeData(dataFolder, operators, run) }));
    if (!asked.aborted) await once(asked, "abort");
    return success;
  } finally {
    for (const end of ends) await end();
  }
}

/** The last good data stays in force while what is mounted cannot be used. */
async function takeData(folder: string, operators: Succession, { log }: Run): Promise<void> {
  try {
    const data = loadData(folder);
    await operators.replace(data);
    log.info("took new data", { folder, releasesAsOf: data.reference.releases.asOf });
  } catch (error) {
    log.error("the mounted data cannot be used; the last good one stays in force", { folder, error: messageOf(error) });
  }
}
