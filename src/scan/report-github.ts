/**
 * A scan as workflow commands of GitHub Actions: an annotation for each finding, at its line, the gravest first, as GitHub shows ten of a
 * kind. No text of a manifest ends its place and becomes another command. What is ignored, and what needs nothing, is left out.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
import type { Severity } from "../api/words.ts";
import { visibleText } from "../detect/visible-text.ts";
import type { Place } from "../manifests/manifest.ts";
import { type Finding, findingsOf, objectOf, type Scanned, titleOf } from "./report.ts";

const COMMANDS = { None: undefined, Info: "notice", Warning: "warning", Critical: "error" } as const satisfies Record<
  Severity,
  string | undefined
>;

const MESSAGE_CHARACTERS = 1_000;
const TITLE_CHARACTERS = 200;
/** No file system takes a longer path. */
const PATH_CHARACTERS = 4_096;

export function githubReport(all: readonly Scanned[]): string {
  const found = all.flatMap((scanned) => findingsOf(scanned).flatMap((finding) => findingCommand(finding) ?? []));
  const unread = all.flatMap((scanned) => scanned.unread.map((part) => command("error", "Not read", part.why, part)));
  const failed = all.flatMap(({ failures = [] }) => failures.map((failure) => command("error", "Not read", failure)));
  const skipped = all.reduce((sum, scanned) => sum + scanned.skipped.length, 0);
  const counts = [
    `${found.length} to look at`,
    `${unread.length + failed.length} not read`,
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ];
  const told = `flux-migration: ${counts.join(", ")}`;
  return [...unread, ...failed, ...found, told].join("\n");
}

function findingCommand(finding: Finding): string | undefined {
  const name = COMMANDS[finding.severity];
  if (name === undefined || finding.ignored !== undefined) return undefined;
  return command(name, titleOf(finding), `${objectOf(finding)}: ${finding.message}`, finding.place);
}

function command(name: string, title: string, message: string, place?: Place): string {
  const at = place === undefined ? [] : [`file=${property(place.file, PATH_CHARACTERS)}`, `line=${place.line}`];
  return `::${name} ${[...at, `title=${property(title, TITLE_CHARACTERS)}`].join(",")}::${data(message, MESSAGE_CHARACTERS)}`;
}

function data(text: string, limit: number): string {
  return visibleText(text, limit).replaceAll("%", "%25");
}

/** A comma would begin the next property, two colons the message. */
function property(text: string, limit: number): string {
  return data(text, limit).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
