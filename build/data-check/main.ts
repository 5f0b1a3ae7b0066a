/** `npm run data:check [-- --data-folder DIR]`: prints what was checked, and ends with 1 where something does not fit. What fits, data-check.ts knows. */
import { parseArgs } from "node:util";
import { checkData } from "./data-check.ts";

function folderFromArguments(): string | undefined {
  return parseArgs({ options: { "data-folder": { type: "string" } } }).values["data-folder"];
}

try {
  const { checked, remarks, problems } = await checkData(folderFromArguments(), new Date().toISOString().slice(0, 10));
  for (const line of checked) process.stdout.write(`${line}\n`);
  for (const line of remarks) process.stdout.write(`to look at: ${line}\n`);
  for (const line of problems) process.stderr.write(`${line}\n`);
  process.stdout.write(problems.length === 0 ? "all of it fits\n" : `${problems.length} to mend\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`data:check: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
