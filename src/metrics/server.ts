/** Serves /metrics for Prometheus, and nothing else. What is told, metrics.ts knows. */
import { messageOf } from "../kube/errors.ts";
import type { KubeLog } from "../kube/log.ts";
import { type Listener, startListener } from "../web/listener.ts";

export interface MetricsServerOptions {
  /** `:8080` or `127.0.0.1:8080`. */
  address: string;
  /** What a person sets it with, for errors: a flag. */
  setting: string;
  text: () => Promise<string>;
  log: KubeLog;
}

/** Source: prometheus.io/docs, "Exposition formats". */
const TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

/** @throws CannotListen where the address is taken, or not one of this machine */
export async function startMetricsServer({ address, setting, text, log }: MetricsServerOptions): Promise<Listener> {
  return await startListener({
    address,
    setting,
    routes: new Map([["/metrics", async () => ({ status: 200, body: await text(), type: TEXT_FORMAT })]]),
    failed: (path, error) => log.error("a page could not be made", { path, error: messageOf(error) }),
  });
}
