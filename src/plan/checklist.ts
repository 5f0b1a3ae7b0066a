/** Writes a plan down as a checklist in Markdown. Every text of a cluster in it is code, or a word that was checked. */

import { visibleText } from "../detect/visible-text.ts";
import { plannedFiles } from "./files.ts";
import type { Chore } from "./ledger.ts";
import { cell, code } from "./markdown.ts";
import type { Plan } from "./plan.ts";
import { type Step, stepsOf } from "./steps.ts";

/** A line of a user's manifest that a person compares with the own one. */
const LINE_CHARACTERS = 2_000;

/** @param asOf day of the release data */
export function checklist(plan: Plan, asOf: string): string {
  const steps = stepsOf(plan);
  return [
    "# From Flux 1 to Flux 2",
    "",
    `For Flux ${plan.target.minor} (release data as of ${asOf}). Nothing has been applied. Do the steps in their order, from this folder; a later one is safe only after the earlier ones.`,
    "Kustomizations, HelmReleases and ImageUpdateAutomations are suspended until a step lifts that. Before you put a file into Git, take `suspend: true` out of it, or what a step has lifted is suspended again.",
    ...unread(plan),
    ...steps.flatMap((step, index) => section(step, index + 1)),
    ...notTranslated(plan),
    ...whatBecame(plan),
    ...fileList(plan),
    "",
  ].join("\n");
}

function unread({ unreadable }: Plan): string[] {
  if (unreadable.length === 0) return [];
  return ["", "**This plan may lack something.** What could not be read:", "", ...unreadable.map(({ message }) => `- ${code(message)}`)];
}

function section({ title, parts, chores }: Step, number: number): string[] {
  return [
    "",
    `## ${number}. ${title}`,
    ...chores.filter(isBefore).flatMap(task),
    ...parts.flatMap(({ text, commands }) => task({ text, commands })),
    ...chores.filter((chore) => !isBefore(chore)).flatMap(task),
  ];
}

/** Secrets and Git come before what needs them; what is marked, compared or decided stands below. */
function isBefore({ step }: Chore): boolean {
  return step === "Prepare" || step === "ApplySync";
}

function task({ text, commands, lines }: Pick<Chore, "text" | "commands" | "lines">): string[] {
  const first = ["", `- [ ] ${text}`];
  return [
    ...first,
    ...(commands.length === 0 ? [] : block("sh", commands)),
    ...(lines === undefined ? [] : block(lines.language, lines.text)),
  ];
}

/** The fence is longer than any within the text, which so cannot end it. */
function block(language: string, texts: readonly string[]): string[] {
  const shown = texts.map((text) => visibleText(text, LINE_CHARACTERS));
  const longest = Math.max(2, ...shown.flatMap((text) => [...text.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
  const fence = "`".repeat(longest + 1);
  return ["", `  ${fence}${language}`, ...shown.map((text) => `  ${text}`), `  ${fence}`];
}

function notTranslated({ untranslated }: Plan): string[] {
  if (untranslated.length === 0) return [];
  const rows = untranslated.map(({ subject, field, reason }) => `| ${cell(subject)} | ${cell(field)} | ${sentence(reason)} |`);
  return ["", "## Not translated", "", "| Of | What | Why |", "|---|---|---|", ...rows];
}

function whatBecame({ translations }: Plan): string[] {
  if (translations.length === 0) return [];
  const rows = translations.map(({ subject, field, to }) => `| ${cell(subject)} | ${cell(field)} | ${cell(to)} |`);
  return ["", "## What became of each field", "", "| Of | Field | Stands in |", "|---|---|---|", ...rows];
}

function fileList(plan: Plan): string[] {
  const files = plannedFiles(plan);
  if (files.length === 0) return [];
  return ["", "## Files", "", ...files.map(({ name, object }) => `- ${code(name)}${object.spec.suspend === true ? ", suspended" : ""}`)];
}

/** A reason is our own sentence, but can hold a name; a bar would end its cell, and < begin HTML. */
function sentence(text: string): string {
  return visibleText(text, LINE_CHARACTERS).replace(/[|<>`*_[\]\\]/g, "\\$&");
}
