/** The bundle for whom node gives no module to run: the executable, and the package of npm, which keeps what was compiled. */

/**
 * It imports and exports nothing, so a function around it will do. As for a module, waiting for what never comes is a failure: a gate must
 * not pass for it.
 */
export function asCommonJs(bundle: string): string {
  const body = bundle.replace(/^#!.*\n/, "");
  return `"use strict";let pending=true;process.once("beforeExit",()=>{if(pending)process.exit(13)});(async()=>{\n${body}\npending=false})();\n`;
}
