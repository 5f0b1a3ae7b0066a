/**
 * Requests to the control plane as its administrator, for tests to set things up. It neither watches nor retries: the product's own
 * client, which a test is about, must not be used to judge itself.
 */
import { Agent, request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";

/** Longer than the API server's own limit of 60 s for a request, so that its answer is the one that is seen. */
const REQUEST_TIMEOUT_MS = 70_000;

export interface Answer {
  readonly status: number;
  /** Parsed where the server says JSON, else text. */
  readonly body: unknown;
  /** Seconds that a 429 or 503 asks to wait for. */
  readonly retryAfterSeconds?: number;
}

export interface AdminClient {
  /** @param body sent as JSON, a string as it is
   *  @param contentType application/json where it is not said
   *  @param moreHeaders names in small letters
   *  @returns also for a refusal; rejects only where there was no answer */
  request(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
    moreHeaders?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Closes the kept connections; a later request opens new ones. */
  close(): void;
}

/** @param ca certificate of the authority, PEM */
export function adminClient(server: string, ca: string, token: string): AdminClient {
  // Applying a folder of manifests makes hundreds of requests, and a TLS handshake costs more than most of them.
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ca });

  const request: AdminClient["request"] = async (method, path, body, contentType = "application/json", moreHeaders = {}) => {
    const sent = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const headers: Record<string, string> = {
      authorization: `Bearer ${token}`,
      accept: "application/json",
      "user-agent": "control-plane-admin",
      ...moreHeaders,
    };
    if (sent !== undefined) headers["content-type"] = contentType;
    return await new Promise<Answer>((resolve, reject) => {
      const outgoing = httpsRequest(new URL(path, server), { method, headers, agent, timeout: REQUEST_TIMEOUT_MS }, (incoming) => {
        text(incoming)
          .then((received) => {
            const json = incoming.headers["content-type"]?.startsWith("application/json") === true;
            const wait = Number(incoming.headers["retry-after"]);
            resolve({
              status: incoming.statusCode ?? 0,
              body: json && received !== "" ? JSON.parse(received) : received,
              ...(wait > 0 ? { retryAfterSeconds: wait } : {}),
            });
          })
          .catch(reject);
      });
      outgoing.once("timeout", () => outgoing.destroy(new Error(`${method} ${path}: no answer within ${REQUEST_TIMEOUT_MS / 1000} s`)));
      outgoing.once("error", reject);
      outgoing.end(sent);
    });
  };

  return { request, close: () => agent.destroy() };
}
