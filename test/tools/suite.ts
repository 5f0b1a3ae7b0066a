/**
 * The one way to write a test suite that needs programs from elsewhere. Where one of them cannot be had, its tests are skipped, and the
 * reason is printed.
 */
import { describe } from "@jest/globals";
import { findTool, NoTool } from "./find-tool.ts";
import type { ToolName } from "./tool-table.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);

/**
 * A `describe` that is handed the paths of programs. To be awaited at the top of a test file: jest can no longer skip a test from within.
 * A build takes minutes; `npm test` has the tools made before jest starts.
 * @param body registers tests, also where they are skipped: it runs no tool itself
 */
export async function describeWithTools<Name extends ToolName>(
  names: readonly Name[],
  title: string,
  body: (tools: Readonly<Record<Name, string>>) => void,
): Promise<void> {
  const none = "/not-to-be-had";
  const tools: Record<ToolName, string> = {
    helm: none,
    kubectl: none,
    promtool: none,
    prometheus: none,
    "kube-state-metrics": none,
    actionlint: none,
    krew: none,
    "validate-krew-manifest": none,
    flux: none,
    script: none,
    zsh: none,
    fish: none,
  };
  const missing: NoTool[] = [];
  for (const name of names) {
    try {
      tools[name] = await findTool(name, say);
    } catch (error) {
      if (!(error instanceof NoTool)) throw error;
      missing.push(error);
    }
  }
  if (missing.length === 0) {
    describe(title, () => body(tools));
    return;
  }
  say(`\nSKIPPED: ${title}\n${missing.map(({ message }) => `- ${message}\n`).join("")}`);
  describe.skip(title, () => body(tools));
}
