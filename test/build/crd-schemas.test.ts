/** The JSON schemas that a release brings: they take what the API server takes, and refuse what it would drop. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { Ajv, type ValidateFunction } from "ajv";
import { crdSchemas } from "../../build/crd-schemas.ts";
import { customResourceDefinitions } from "../../src/api/generate/custom-resource.ts";
import { fluxd, statusOf, toolkit, toolkitCrds } from "../unit/assess/subject-builder.ts";

const API_VERSION = "flux-migration.dev/v1alpha1";

function compile(name: string): ValidateFunction {
  // ajv brings no formats of its own.
  return new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
    JSON.parse(crdSchemas(customResourceDefinitions("Cel")).get(name) ?? "{}"),
  );
}

function problems(validate: ValidateFunction, object: unknown): string[] {
  validate(object);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

test("there is one for each kind and version, named as kubeconform asks for it", () => {
  expect([...crdSchemas(customResourceDefinitions("Cel")).keys()]).toEqual([
    "migrationstatus_v1alpha1.json",
    "migrationtimetable_v1alpha1.json",
  ]);
});

describe("the schema of a MigrationTimetable", () => {
  let validate: ValidateFunction;
  beforeAll(() => {
    validate = compile("migrationtimetable_v1alpha1.json");
  });
  const timetable = (spec: object) => ({ apiVersion: API_VERSION, kind: "MigrationTimetable", metadata: { name: "ours" }, spec });

  test("takes what the README shows", () => {
    expect(problems(validate, timetable({ edition: "2021-06-28", dates: { "4": "2022-05-01" } }))).toEqual([]);
  });

  test.each([
    ["a field that there is not", { edition: "2021-06-28", date: {} }, "/spec must NOT have additional properties"],
    ["a date that is a number", { edition: "2021-06-28", dates: { "4": 2022 } }, "/spec/dates/4 must be string"],
    ["no edition", {}, "/spec must have required property 'edition'"],
  ])("refuses %s", (_, spec, problem) => {
    expect(problems(validate, timetable(spec))).toContain(problem);
  });
});

describe("the schema of a MigrationStatus", () => {
  const validate = compile("migrationstatus_v1alpha1.json");
  const whole = (more: object = {}) => ({
    apiVersion: API_VERSION,
    kind: "MigrationStatus",
    metadata: { name: "cluster", labels: { any: "label" } },
    spec: { ignore: [{ namespace: "flux", reason: "kept until the audit", until: "2027-01-01" }] },
    status: { ...statusOf({ workloads: [fluxd(), ...toolkit("v2.1.0")], crds: toolkitCrds("v2.1.0") }), ...more },
  });

  test("takes a status that the operator writes", () => {
    expect(problems(validate, JSON.parse(JSON.stringify(whole())))).toEqual([]);
  });

  test("refuses a field that there is not, at any depth", () => {
    expect(problems(validate, whole({ inventory: { components: [{ nme: "fluxd" }] } }))).toContain(
      "/status/inventory/components/0 must NOT have additional properties",
    );
  });
});
