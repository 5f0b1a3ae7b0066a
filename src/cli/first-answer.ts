/** The first question to a cluster: whether it answers at all. Whoever gets no answer is told so once, and not of each kind. */
import { HOW_TO_REACH } from "../check/judge-server.ts";
import type { KubeClient } from "../kube/client.ts";
import { ConnectionError, messageOf, StatusError } from "../kube/errors.ts";

/** No answer, or a credential that is refused. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** @throws NoAnswer, with what to look at; where there is no credential to ask with, why */
export async function firstAnswer(client: KubeClient): Promise<void> {
  try {
    await client.json({ path: "/version" });
  } catch (cause) {
    // The version may be forbidden where the rest is not.
    if (cause instanceof StatusError && cause.code !== 401) return;
    if (cause instanceof ConnectionError && cause.trouble === "Credentials") throw cause;
    throw new NoAnswer(`${client.server}: ${messageOf(cause)}; ${HOW_TO_REACH}`, { cause });
  }
}
