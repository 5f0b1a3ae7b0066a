/** What was left out on purpose may hold anything: presence is stated beside it, absence is not, and no fault is found. */
import { describe, expect, test } from "@jest/globals";
import { reaches } from "../../../src/scan/fail-on.ts";
import { githubReport } from "../../../src/scan/report-github.ts";
import { sarifReport } from "../../../src/scan/report-sarif.ts";
import { Survey } from "../../../src/scan/survey.ts";
import { CRD, condition, data, found, judged, partsOf, scan, workload } from "./scanned.ts";

const TEMPLATE = "{{- if .Values.flux }}\nimage: fluxcd/flux:1.25.4\n{{- end }}\n";
const CONTROLLER = workload({ namespace: "flux-system", name: "source-controller", image: "ghcr.io/fluxcd/source-controller:v1.9.4" });

test("a template alone says nothing about Flux, and no file was read in full", () => {
  const scanned = scan({ "t.yaml": TEMPLATE });
  const { summary } = scanned.status;
  expect([summary?.fluxd, summary?.toolkit, summary?.migration, summary?.action]).toEqual(["Unknown", "Unknown", "Unknown", "NoAction"]);
  expect(summary?.message).toBe(
    "Nothing to do for what was read: neither Flux 1 nor a toolkit was found. 1 document or file was skipped, so absence cannot be stated.",
  );
  expect(condition(scanned, "Ready")).toBe("True/Assessed: 1 file read; 1 document or file was skipped.");
  expect(condition(scanned, "Flux1Present")).toBe(
    "Unknown/DocumentsSkipped: No Flux 1 in what could be read; 1 document or file was skipped.",
  );
  expect(condition(scanned, "MigrationComplete")).toBe("Unknown/DocumentsSkipped: Not known: 1 document or file was skipped.");
  expect([scanned.unread, reaches(scanned.status, "Info")]).toEqual([[], false]);
});

describe("an image that is left open", () => {
  const skippedOf = (image: string) => scan({ "t.yaml": workload({ namespace: "flux", name: "x", image }) }).skipped.map(({ why }) => why);
  test.each([
    `\${IMAGE}`,
    "{{ .Values.image.repository }}:{{ .Values.image.tag }}",
    "{{ .Values.registry }}/flux:1.25.4",
    `corp/\${NAME}:1`,
  ])("%s can be Flux, so absence is not stated", (image) =>
    expect(skippedOf(image)).toEqual([expect.stringMatching(/ x is a template: spec\.template\.spec\.containers\[0\]\.image is /)]),
  );
  test.each([`corp/app:\${TAG}`, `\${REGISTRY}/podinfo:1.2.3`, `\${REGISTRY}/podinfo@sha256:\${DIGEST}`])(
    "%s is something else",
    (image) => {
      expect(skippedOf(image)).toEqual([]);
    },
  );
});

test("an image that is left open hides none beside it that is wrong", () => {
  const wrong = workload({ namespace: "flux", name: "x", image: "fluxcd/flux:bad tag" });
  const beside = wrong.replace('"containers":[', `"containers":[{"name":"sidecar","image":"\${SIDECAR}"},`);
  for (const text of [wrong, beside])
    expect(scan({ "t.yaml": text }).unread).toMatchObject([{ why: expect.stringContaining("fluxcd/flux:bad tag") }]);
});

test("each form for programs says that something was skipped", () => {
  const scanned = scan({ "t.yaml": TEMPLATE });
  expect(githubReport([scanned])).toBe("flux-migration: 0 to look at, 0 not read, 1 skipped");
  expect(JSON.parse(sarifReport([scanned], "0.1.0"))).toMatchObject({
    runs: [
      {
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [
              {
                level: "note",
                message: { text: "Skipped: is a template, not YAML; render it first: helm template" },
                locations: [{ physicalLocation: { artifactLocation: { uri: "t.yaml" }, region: { startLine: 1 } } }],
              },
            ],
          },
        ],
      },
    ],
  });
});

test("a link that leads out of its folder may hold Flux as well", () => {
  const link = { at: "Skipped", file: "l", line: 1, why: "is a link that leads out of the folder" } as const;
  expect(condition(judged([[link], partsOf("a.yaml", CONTROLLER)]), "MigrationComplete")).toMatch(/^Unknown\/DocumentsSkipped: /);
});

describe("beside what was skipped", () => {
  test("Flux 1 is stated", () => {
    const scanned = scan({ "t.yaml": `${TEMPLATE}---\n${TEMPLATE}`, "a.yaml": workload() });
    expect(found(scanned)).toEqual(["Critical fluxd 1.25.4 a.yaml:1"]);
    expect(condition(scanned, "Flux1Present")).toMatch(/^True\//);
    expect(scanned.status.summary?.message).toMatch(/ 2 documents or files were skipped, so absence cannot be stated\.$/);
  });
  test("a toolkit is stated, and no end of Flux 1", () => {
    expect(scan({ "t.yaml": TEMPLATE, "a.yaml": CONTROLLER }).status.summary).toMatchObject({ toolkit: "2.9", migration: "Unknown" });
  });
  test("leftovers are stated, and never advised to be removed", () => {
    expect(scan({ "t.yaml": TEMPLATE, "a.yaml": CRD }).status.summary).toMatchObject({
      action: "NoAction",
      message:
        "Nothing to do for what was read: leftovers of Flux 1 (1 CRD with 0 objects). 1 document or file was skipped, so absence cannot be stated.",
    });
  });
});

test("a note about what counts all the same bars nothing", () => {
  const wrong = scan({ a: workload({ image: "nginx:1" }), b: workload({ annotations: { "flux-migration.dev/ignore": "until=soon; x" } }) });
  expect(wrong.skipped).toHaveLength(1);
  expect(wrong.status.summary?.message).not.toMatch(/skipped/);
});

test("what is wrong with an ignore is said of each object, and nothing that was said is gone through for it", () => {
  const [object] = partsOf("a.yaml", workload({ annotations: { "flux-migration.dev/ignore": "" } }));
  if (object?.at !== "Object") throw new Error("no object was read");
  let reads = 0;
  const survey = new Survey(data);
  survey.add({
    at: "Skipped",
    file: "t.yaml",
    line: 1,
    get why() {
      reads += 1;
      return "is a template";
    },
  });
  for (const line of [1, 2, 2, 3]) survey.add({ ...object, line, lineOf: () => line });
  expect(survey.skipped().map(({ line }) => line)).toEqual([1, 1, 2, 3]);
  expect(reads).toBe(0);
});
