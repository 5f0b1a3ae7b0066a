/** A client whose writes end with the lead. The real fence is the resourceVersion that each write carries; this one spares the attempt. */
import type { KubeClient, KubeRequest } from "../kube/client.ts";

/** A write was not sent: another replica leads. */
export class NotLeading extends Error {
  override readonly name = "NotLeading";
}

/** @returns the client, of which every request but GET is refused while `leading` says no */
export function writesWhile(leading: () => boolean, client: KubeClient): KubeClient {
  const check = (request: KubeRequest) => {
    const method = request.method ?? "GET";
    if (method !== "GET" && !leading()) throw new NotLeading(`${method} ${request.path}: not sent, another replica leads`);
  };
  return {
    ...client,
    request: async (request) => {
      check(request);
      return await client.request(request);
    },
    json: async (request) => {
      check(request);
      return await client.json(request);
    },
  };
}
