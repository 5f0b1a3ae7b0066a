import { describe, expect, test } from "@jest/globals";
import { flagOf, readSettings, SETTINGS, type SettingName, settingsSchema, variableOf } from "../../../src/cli/settings.ts";

const refusal = (flags: Record<string, string>, environment: Record<string, string> = {}) => {
  try {
    readSettings(flags, environment);
  } catch (error) {
    return String(error);
  }
  throw new Error("was taken");
};

describe("settings", () => {
  test("hold without a word from anybody", () => {
    expect(readSettings({}, { PATH: "/bin", KUBECONFIG: "elsewhere" })).toEqual({
      clusterName: "cluster",
      edition: "2022-09-20",
      leaderElection: false,
      leaseName: "flux-migration-operator",
      leaseDuration: 15,
      reflectorSource: "table",
      awaitStatus: false,
      installCrds: false,
      once: false,
      dryRun: false,
      logLevel: "info",
      logFormat: "auto",
    });
  });

  test("come from the environment, and a flag beats it", () => {
    const environment = { FLUX_MIGRATION_CLUSTER_NAME: "prod", FLUX_MIGRATION_DRY_RUN: "yes", FLUX_MIGRATION_LOG_LEVEL: "debug" };
    expect(readSettings({ clusterName: "stage" }, environment)).toMatchObject({ clusterName: "stage", dryRun: true, logLevel: "debug" });
  });

  test("have one flag, one variable and one sentence each, and each is read", () => {
    const names = Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS);
    expect(names.toSorted()).toEqual(Object.keys(settingsSchema().shape).toSorted());
    expect(new Set(names.map(flagOf)).size).toBe(names.length);
    expect([flagOf("healthAddress"), variableOf("healthAddress")]).toEqual(["--health-address", "FLUX_MIGRATION_HEALTH_ADDRESS"]);
    expect(names.filter((name) => SETTINGS[name].help.length < 10)).toEqual([]);
  });

  test("refuse a variable that names none, and say what there is", () => {
    const said = refusal({}, { FLUX_MIGRATION_EDITON: "2021-06-28", FLUX_MIGRATION_X: "1" });
    expect(said).toContain("FLUX_MIGRATION_EDITON, FLUX_MIGRATION_X: no such setting; known: ");
    expect(said).toContain("FLUX_MIGRATION_EDITION");
  });

  test.each([
    [{ logLevel: "loud" }, "--log-level", '"loud"', "want debug or info or warn or error"],
    [{ at: "2022-02-30" }, "--at", '"2022-02-30"', "want a date (2022-11-01)"],
    [{ at: "soon" }, "--at", '"soon"', "want a date"],
    [{ at: "2022-11-01 08:00" }, "--at", '"2022-11-01 08:00"', "want a date"],
    [{ at: "2022-11-01T08:00:00" }, "--at", '"2022-11-01T08:00:00"', "want a date"],
    [{ at: "2022-11-01T25:00:00Z" }, "--at", '"2022-11-01T25:00:00Z"', "want a date"],
    [{ dryRun: "maybe" }, "--dry-run", '"maybe"', "want true or false"],
    [{ reflectorSource: "tables" }, "--reflector-source", '"tables"', "want table or full"],
    [{ leaseDuration: "0.5" }, "--lease-duration", "0.5", "want seconds from 1 to 600, such as 15 or 1.5"],
    [{ leaseDuration: "601" }, "--lease-duration", "601", "want seconds from 1 to 600"],
    [{ leaseDuration: "0x0f" }, "--lease-duration", '"0x0f"', "want seconds from 1 to 600"],
    [{ leaseDuration: "1e2" }, "--lease-duration", '"1e2"', "want seconds from 1 to 600"],
    [{ leaseDuration: "15s" }, "--lease-duration", '"15s"', "want seconds from 1 to 600"],
    [{ leaseDuration: "" }, "--lease-duration", '""', "want seconds from 1 to 600"],
    [{ ownerLabel: "the team" }, "--owner-label", '"the team"', "want the key of a label, such as team or example.com/team"],
    [{ ownerLabel: "Example.com/team" }, "--owner-label", '"Example.com/team"', "want the key of a label"],
    [{ ownerLabel: "team=a" }, "--owner-label", '"team=a"', "want the key of a label"],
    [{ healthAddress: "8081" }, "--health-address", '"8081"', "want HOST:PORT or :PORT"],
    [{ edition: "" }, "--edition", '""', "want a value, or leave the setting out"],
  ])("refuse %j by its flag, with what was found and wanted", (flags, flag, found, wanted) => {
    const said = refusal(flags);
    expect(said).toContain(`${flag} is ${found}: `);
    expect(said).toContain(wanted);
  });

  test("refuse none in the words of the library that reads them", () => {
    const wrong = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, ""]));
    const said = refusal(wrong).split("\n");
    expect(said.length).toBe(Object.keys(SETTINGS).length);
    expect(said.filter((line) => !line.includes("want "))).toEqual([]);
  });

  test.each(["1", "1.5", "15", "600"])("take %s as the duration of a Lease", (leaseDuration) => {
    expect(readSettings({ leaseDuration }, {}).leaseDuration).toBe(Number(leaseDuration));
  });

  test.each(["team", "example.com/team", "toolkit.fluxcd.io/tenant", "a_b.C-d"])("take %s as the label of an owner", (ownerLabel) => {
    expect(readSettings({ ownerLabel }, {}).ownerLabel).toBe(ownerLabel);
  });

  test("name the variable where the value came from there, and every wrong one at once", () => {
    const said = refusal({ at: "never" }, { FLUX_MIGRATION_LOG_FORMAT: "xml" });
    expect(said).toContain('FLUX_MIGRATION_LOG_FORMAT is "xml"');
    expect(said).toContain('--at is "never"');
  });

  test.each(["2022-11-01", "2022-11-01T08:00:00Z", "2024-02-29"])("take %s as a date", (at) => {
    expect(readSettings({ at }, {}).at).toBe(at);
  });

  test.each([":8081", "127.0.0.1:8081", "[::1]:8081", "localhost:0"])("take %s as a health address", (healthAddress) => {
    expect(readSettings({ healthAddress }, {}).healthAddress).toBe(healthAddress);
  });
});
