/** `flux-migration status`: prints the status that an operator keeps in a cluster, once or at each change. Judges nothing itself. */
import * as z from "zod";
import { SINGLETON } from "../api/group.ts";
import { type MigrationStatus, MigrationStatusSpec } from "../api/migration-status.ts";
import { previousStatus } from "../assess/previous-status.ts";
import { visibleText } from "../detect/visible-text.ts";
import { createClient } from "../kube/client.ts";
import { loadCluster } from "../kube/kubeconfig.ts";
import type { Reflector } from "../kube/reflector.ts";
import { watchStatuses } from "../operator/own-kinds.ts";
import { CALLED_AS } from "./called-as.ts";
import { clusterOptionsSchema } from "./cluster-options.ts";
import { couldNotRead, success } from "./exit-codes.ts";
import { firstAnswer } from "./first-answer.ts";
import { paint } from "./print-scan.ts";
import { statusReport } from "./status-report.ts";
import { VERSION } from "./version.ts";

const Options = clusterOptionsSchema().extend({ context: z.string().optional(), watch: z.boolean().default(false) });

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * @param given STATUS_OPTIONS as commander read them
 * @returns the exit code: 0 printed, 3 no status could be read. With --watch it ends by a signal.
 * @throws KubeconfigError for a kubeconfig that leads nowhere
 */
export async function runStatus(given: unknown): Promise<number> {
  const options = Options.parse(given);
  const cluster = loadCluster({ kubeconfig: options.kubeconfig, context: options.context, plugins: options.execPlugins });
  const client = createClient(cluster, { version: VERSION, timeoutMs: options.requestTimeout, impersonate: options.as });
  const told = Promise.withResolvers<Outcome>();
  let before = "";
  const statuses: Reflector<MigrationStatus> = watchStatuses({
    client,
    log: quiet,
    clock: () => new Date(),
    changed: () => {
      const outcome = outcomeOf(statuses, cluster.name);
      if (outcome === undefined) return;
      if (!options.watch) told.resolve(outcome);
      else if (outcome.text !== before) (before === "" ? print : printAgain)(outcome.text);
      before = outcome.text;
    },
  });
  const late: Outcome = { found: false, text: `${client.server} did not answer within ${options.requestTimeout / 1000} s` };
  const limit = options.watch ? undefined : setTimeout(() => told.resolve(late), options.requestTimeout);
  try {
    if (!options.watch) await firstAnswer(client);
    statuses.start();
    const { found, text } = await told.promise;
    if (found) print(text);
    else process.stderr.write(`flux-migration: ${visibleText(text, MESSAGE_CHARACTERS)}\n`);
    return found ? success : couldNotRead;
  } finally {
    clearTimeout(limit);
    await statuses.stop();
    client.close();
  }
}

const MESSAGE_CHARACTERS = 2_000;

interface Outcome {
  readonly found: boolean;
  readonly text: string;
}

function outcomeOf(statuses: Reflector<MigrationStatus>, name: string): Outcome | undefined {
  const state = statuses.state();
  const elsewhere = `${CALLED_AS} scan --context ${name} looks once without an operator`;
  switch (state.at) {
    case "Starting":
      return undefined;
    case "NotInstalled":
      return { found: false, text: `${name}: the MigrationStatus CRD is not installed; ${elsewhere}` };
    case "Unreadable":
      return { found: false, text: `${name}: ${state.message}` };
    case "Synced": {
      const object = statuses.items().find(({ metadata }) => metadata.name === SINGLETON);
      const status = previousStatus(object?.status);
      const suspended = MigrationStatusSpec.safeParse(object?.spec).data?.suspend === true;
      return status
        ? { found: true, text: statusReport(status, paint, suspended) }
        : { found: false, text: `${name}: no operator has written a MigrationStatus; ${elsewhere}` };
    }
    default:
      return state satisfies never;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** On a terminal the new status takes the place of the old one; in a file it follows. */
function printAgain(text: string): void {
  process.stdout.write(process.stdout.isTTY ? `\u001b[2J\u001b[H${text}\n` : `\n${text}\n`);
}
