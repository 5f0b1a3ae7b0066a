/** The finding for what must be known and could not be read. Not for what need not be known: that is skipped. */
import type { Asked } from "./ask.ts";
import type { Finding } from "./finding.ts";

export function unread(at: string, { at: how, why }: Extract<Asked<unknown>, { why: string }>): Finding {
  const next = how === "Forbidden" ? "check with an account that may read it" : "mend what the server names, then check again";
  return { level: "Unread", at, found: why, next };
}
