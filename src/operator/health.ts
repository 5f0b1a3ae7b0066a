/** /healthz and /readyz for the kubelet, on a listener of their own: what others ask elsewhere never fails a probe. Tells nothing of the cluster. */
import { type Answer, type Listener, startListener } from "../web/listener.ts";

export interface HealthOptions {
  /** `:8081` or `127.0.0.1:8081`. */
  address: string;
  /** What a person sets it with, for errors: a flag. */
  setting: string;
  ready: () => boolean;
}

const OK: Answer = { status: 200, body: "ok\n" };

/** @throws CannotListen where the address is taken, or not one of this machine */
export async function startHealth({ address, setting, ready }: HealthOptions): Promise<Listener> {
  return await startListener({
    address,
    setting,
    routes: new Map([
      ["/healthz", (): Answer => OK],
      ["/readyz", (): Answer => (ready() ? OK : { status: 503, body: "not ready\n" })],
    ]),
  });
}
