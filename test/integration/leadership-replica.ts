/**
 * One replica as a process of its own, for tests that kill, stop and part it: takes part in an election and says each few milliseconds
 * whether it leads. Its argument is a ReplicaSettings as JSON. SIGTERM ends it in good order; so does the end of its input, or it would
 * outlive a test run that crashed.
 */
import * as z from "zod";
import { createClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { createLeadership } from "../../src/operator/leadership.ts";

/** How often it says whether it leads. */
const SAMPLE_MS = 5;

const ReplicaSettings = z.object({
  kubeconfig: z.string(),
  namespace: z.string(),
  name: z.string(),
  identity: z.string(),
  durationMs: z.number(),
  /** What its wall clock is ahead of the machine's. */
  skewMs: z.number(),
});
export type ReplicaSettings = z.infer<typeof ReplicaSettings>;

/** One line: an instant of the machine's monotonic clock, which all processes share, in milliseconds. */
export const Sample = z.object({ atMs: z.number(), leading: z.boolean() });
export type Sample = z.infer<typeof Sample>;

if (import.meta.main) {
  const { kubeconfig, skewMs, ...settings } = ReplicaSettings.parse(JSON.parse(process.argv[2] ?? ""));
  const client = createClient(loadCluster({ kubeconfig }), { version: "0.0.0-replica" });
  const line = (sentence: string, fields: object) => process.stderr.write(`${JSON.stringify({ sentence, ...fields })}\n`);
  const leadership = createLeadership({
    ...settings,
    client,
    log: { debug: () => undefined, info: line, warn: line, error: line },
    clock: () => new Date(Date.now() + skewMs),
    changed: () => undefined,
  });
  const sampling = setInterval(() => {
    const sample: Sample = { leading: leadership.leading(), atMs: Number(process.hrtime.bigint()) / 1e6 };
    process.stdout.write(`${JSON.stringify(sample)}\n`);
  }, SAMPLE_MS);
  const end = async () => {
    await leadership.stop();
    clearInterval(sampling);
    client.close();
    process.stdin.destroy();
  };
  process.once("SIGTERM", () => void end());
  process.stdin.once("end", () => void end()).resume();
  leadership.start();
}
