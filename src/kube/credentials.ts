/** Asks a cluster's KubeConfig for TLS settings and credentials, for each request anew. Sends nothing, and keeps no secret longer than its source. */

import type { RequestOptions } from "node:https";
import { isDeepStrictEqual } from "node:util";
import { ConnectionError, errorField, messageOf } from "./errors.ts";
import type { Cluster } from "./kubeconfig.ts";

/** For a provider of identities that does not answer; a credential plugin has a limit of its own (credential-plugin.ts). */
const CREDENTIAL_TIMEOUT_MS = 60_000;

/** What goes into a request, and which reading of the credentials it stems from. */
export interface Credential {
  readonly options: RequestOptions;
  readonly reading: number;
}

export interface Credentials {
  /**
   * @returns the credentials of this moment.
   * @throws ConnectionError with trouble `Credentials` where there are none.
   */
  present(): Promise<Credential>;
  /** Reads the credentials again, at once, unless that happened since `refused` was handed out. */
  refuse(refused: Credential): void;
}

export function createCredentials(cluster: Cluster): Credentials {
  let reading = 0;
  let lastGood: Credential | undefined;
  let asking: Promise<Credential> | undefined;

  const ask = async (): Promise<Credential> => {
    // Read again meanwhile, the answer stems from what was read before: its refusal must not ask for a third reading.
    const from = reading;
    const options: RequestOptions = {};
    try {
      await withTimeout(cluster.kubeConfig().applyToHTTPSOptions(options), CREDENTIAL_TIMEOUT_MS);
    } catch (error) {
      // A projected volume is swapped by renaming: for an instant the file is not there.
      if (lastGood && isMissingFile(error)) return lastGood;
      throw new ConnectionError("Credentials", `${cluster.name}: no credentials: ${sentenceOf(error)}`, withoutText(error));
    }
    const credential = { options, reading: from };
    // An answer that comes late does not push out the one that was asked for after a refusal.
    if (from === reading) lastGood = credential;
    return credential;
  };

  return {
    // One question at a time: ten requests at start must not start ten credential plugins.
    present: () => {
      if (asking) return asking;
      const own = ask().finally(() => {
        // After a refusal a newer question is under way, which is not ours to end.
        if (asking === own) asking = undefined;
      });
      asking = own;
      return own;
    },
    refuse: (refused) => {
      if (refused.reading !== reading) return;
      reading += 1;
      asking = undefined;
      cluster.reload();
    },
  };
}

/** Whether a server that refused the one refuses the other as well. How they travel, through which proxy, does not matter. */
export function saysTheSame(one: Credential, other: Credential): boolean {
  return isDeepStrictEqual({ ...one.options, agent: undefined }, { ...other.options, agent: undefined });
}

function isMissingFile(error: unknown): boolean {
  return errorField(error, "code") === "ENOENT" && errorField(error, "syscall") === "open"; // not "spawn": a plugin that is missing stays so
}

/** The library parses what a provider of identities answers, and V8 quotes the text that it could not parse: it may hold a token. */
function sentenceOf(error: unknown): string {
  if (isSyntaxError(error)) return "the provider of identities answered with something that is no JSON";
  return messageOf(error).trim().slice(0, 500);
}

function withoutText(error: unknown): unknown {
  return isSyntaxError(error) ? undefined : error;
}

function isSyntaxError(error: unknown): boolean {
  return errorField(error, "name") === "SyntaxError";
}

async function withTimeout(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
