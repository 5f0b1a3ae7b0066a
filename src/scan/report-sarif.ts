/**
 * A scan as SARIF 2.1.0, which code hosts show beside the changed lines. Names are text and paths are percent-encoded: nothing that a
 * manifest holds becomes a link or a command. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Severity } from "../api/words.ts";
import { visibleText } from "../detect/visible-text.ts";
import type { Place } from "../manifests/manifest.ts";
import { type Finding, findingsOf, objectOf, type Scanned, titleOf } from "./report.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
const INFORMATION = "https://github.com/flux-migration/flux-migration-operator";

const LEVELS = { None: "none", Info: "note", Warning: "warning", Critical: "error" } as const satisfies Record<Severity, string>;

/** Code hosts cut longer ones. */
const MESSAGE_CHARACTERS = 1_000;

export function sarifReport(all: readonly Scanned[], version: string): string {
  const findings = all
    .flatMap(findingsOf)
    .filter(({ action, ignored }) => action !== "NoAction" || ignored !== undefined)
    .map(asIfCounted);
  const codes = [...new Set(findings.map(({ action }) => action))].sort();
  const log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "flux-migration", version, informationUri: INFORMATION, rules: codes.map((code) => rule(code, findings)) },
        },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: all.every(({ unread, failures = [] }) => unread.length + failures.length === 0),
            toolExecutionNotifications: all.flatMap(({ unread, skipped, failures = [] }) => [
              ...unread.map((part) => ({ level: "error", message: text(part.why), locations: [physical(part)] })),
              ...skipped.map((part) => ({ level: "note", message: text(`Skipped: ${part.why}`), locations: [physical(part)] })),
              ...failures.map((failure) => ({ level: "error", message: text(failure), locations: [] })),
            ]),
          },
        ],
        results: findings.map((finding) => result(finding, codes.indexOf(finding.action))),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

/** What is suppressed is the finding that it would be: a code host shows it as closed, under its own rule. */
function asIfCounted(finding: Finding): Finding {
  if (finding.setAside === undefined) return finding;
  const { severity, action } = finding.setAside;
  const { url: _, ...rest } = finding;
  return { ...rest, severity, action: action.code, message: action.message, ...(action.url === undefined ? {} : { url: action.url }) };
}

function rule(code: string, findings: readonly Finding[]) {
  const url = findings.find(({ action, url: found }) => action === code && found !== undefined)?.url;
  const page = `${INFORMATION}/blob/main/docs/actions.md#${code.toLowerCase()}`;
  return { id: code, name: code, shortDescription: text(code), help: text(url ?? page), helpUri: url ?? page };
}

function result(finding: Finding, ruleIndex: number) {
  const { component, namespace, name, kind, scanned, place, ignored } = finding;
  const qualified = `${scanned}/${namespace}/${kind}/${name}`;
  return {
    ruleId: finding.action,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: text(`${titleOf(finding)} (${objectOf(finding)}): ${finding.message}`),
    locations: [
      {
        ...(place === undefined ? {} : physical(place)),
        logicalLocations: [{ fullyQualifiedName: visibleText(qualified, MESSAGE_CHARACTERS), kind: "resource" }],
      },
    ],
    // The same finding on another line is the same one.
    partialFingerprints: { "component/v1": visibleText(`${qualified}/${component}`, MESSAGE_CHARACTERS) },
    ...(ignored === undefined ? {} : { suppressions: [suppression(ignored, finding)] }),
  };
}

function suppression(ignored: string, { setAside }: Finding) {
  const kind = setAside?.inSource ? "inSource" : "external";
  return { kind, justification: visibleText(ignored, MESSAGE_CHARACTERS) };
}

/** SARIF reads `[text](1)` in a message as a link. */
function text(message: string): { text: string } {
  return { text: visibleText(message, MESSAGE_CHARACTERS).replaceAll(/[[\]]/g, "\\$&") };
}

function physical({ file, line }: Place) {
  return { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line } } };
}

/** A relative reference, or file:// for a path from the root. A colon or two slashes at the front would make it another address. */
export function uriOf(file: string): string {
  const path = file
    .replaceAll("\\", "/")
    .toWellFormed()
    .split("/")
    .map((segment) => encodeURIComponent(segment))
    .join("/");
  return path.startsWith("/") ? `file://${path.replace(/^\/+/, "/")}` : path;
}
