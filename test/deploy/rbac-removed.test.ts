/** Each right taken away alone: something breaks, and what is said names the right. A right whose loss nobody notices is one too many. */
import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { API_VERSION, GROUP } from "../../src/api/group.ts";
import type { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { PERMISSIONS } from "../../src/operator/permissions.ts";
import { applyManifests } from "../control-plane/apply.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { OPERATOR_USER } from "../control-plane/users.ts";
import { timetable } from "../integration/operator/manifests.ts";
import { conditionOf, eventually, SINGLETON, TIMETABLES } from "../integration/operator/operator-fixture.ts";
import { data, fluxd, toolkit } from "../unit/assess/subject-builder.ts";
import { AccountFixture } from "./operator-account.ts";
import { fluxKinds, type Right, rightsOf, rightText, rulesOf, untilAllowed } from "./rights.ts";

const ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/flux-migration-operator";

/** What a person sees of an operator. */
interface Seen {
  readonly status: MigrationStatusStatus | undefined;
  /** Each line with its fields, without debugging. */
  readonly log: readonly string[];
}

/** Throws, by expect, where the loss of the right does not show. */
type Sign = (seen: Seen, right: Right) => void;

const resourceOf = ({ resource, group }: Right) => (group === "" ? resource : `${resource}.${group}`);

/** Most rights let it look at something: without one, the status says what cannot be seen. */
const cannotLook: Sign = ({ status }, right) => {
  const ready = conditionOf(status, "Ready");
  expect(ready).toMatchObject({ status: "False", reason: "AccessDenied" });
  expect(ready?.message).toContain(`${resourceOf(right)}: ${right.verb} is forbidden (403) for ${OPERATOR_USER}`);
};

const stalled: Sign = ({ status }, right) =>
  expect(conditionOf(status, "Stalled")?.message).toContain(`${resourceOf(right)}: ${right.verb} is forbidden (403)`);

const logged =
  (line: RegExp): Sign =>
  ({ log }) =>
    expect(log).toContainEqual(expect.stringMatching(line));

/** The toolkit's objects are counted, and the number decides nothing. */
const notCounted: Sign = ({ status, log }, right) => {
  expect(status?.inventory?.apis?.find(({ name }) => name === resourceOf(right))).not.toHaveProperty("objects");
  expect(log).toContainEqual(
    expect.stringContaining(`could not be counted: ${resourceOf(right)}: list is forbidden (403) for ${OPERATOR_USER}`),
  );
};

/** The other rights, by what rightText says of them. */
const SIGNS: Readonly<Record<string, Sign>> = {
  "get namespaces kube-system": ({ status }) => expect(status?.cluster?.uid).toBe("Unknown"),
  [`list migrationstatuses.${GROUP}`]: logged(/list is tried again.*migrationstatuses\.flux-migration\.dev.*403/),
  [`watch migrationstatuses.${GROUP}`]: logged(/watch is tried again.*migrationstatuses\.flux-migration\.dev.*403/),
  [`create migrationstatuses.${GROUP}`]: logged(/the pass failed.*403.*cannot create resource.*migrationstatuses/),
  [`patch migrationstatuses/status.${GROUP}`]: logged(/the pass failed.*403.*cannot patch resource.*migrationstatuses\/status/),
  [`list migrationtimetables.${GROUP}`]: stalled,
  [`patch migrationtimetables/status.${GROUP}`]: logged(/could not be answered.*MigrationTimetable\/dates.*403.*cannot patch resource/),
  "create events": logged(/an Event could not be posted.*403.*cannot create resource/),
};

const counted = new Set(data.reference.apis.crds.map(({ crd }) => crd));

/** A cluster in which nobody has asked for a timetable has no MigrationStatus yet: the operator makes it. */
const refersToTimetable = ({ resource }: Right) => resource === "migrationtimetables";

describeOnControlPlane("without", (get) => {
  const fixture = new AccountFixture(get);
  const rights = rightsOf(PERMISSIONS);

  /** An operator that has never been here, with these rights. @returns what is to be seen of it, now and later */
  async function startWith(granted: readonly Right[], timetableRef: boolean): Promise<() => Promise<Seen>> {
    for (const path of [SINGLETON, `${TIMETABLES}/dates`]) await get().request("DELETE", path);
    await fixture.apply(timetable("dates", { edition: "2021-06-28" }));
    const spec = { timetableRef: { name: "dates" } };
    if (timetableRef) await fixture.apply({ apiVersion: API_VERSION, kind: "MigrationStatus", metadata: { name: "cluster" }, spec });
    await fixture.merge(ROLE, { rules: rulesOf(granted) });
    for (const right of rights) if (!granted.includes(right)) await untilAllowed(get(), right, false);
    const { lines } = await fixture.start({ user: "operator" });
    return async () => ({
      status: await fixture.status(),
      log: lines.filter(({ level }) => level !== "debug").map((line) => JSON.stringify(line)),
    });
  }

  const signOf = (right: Right) => SIGNS[rightText(right)] ?? (counted.has(resourceOf(right)) ? notCounted : cannotLook);

  beforeAll(async () => {
    expect((await applyManifests(get(), await readFile("deploy/install.yaml", "utf8"))).refused).toEqual([]);
    await fixture.apply(...fluxKinds(), fluxd(), ...toolkit("v2.9.4"));
  });

  test.each([true, false])("none of them: nothing is said to be missing (a timetable is referred to: %s)", async (timetableRef) => {
    const see = await startWith(rights, timetableRef);
    const seen = await eventually(see, ({ status }) => {
      expect(conditionOf(status, "Ready")?.status).toBe("True");
      expect(status?.cluster?.uid).toMatch(/^[0-9a-f-]{36}$/);
    });
    expect(seen.log.filter((line) => line.includes("403"))).toEqual([]);
    for (const right of rights) expect(() => signOf(right)(seen, right)).toThrow();
  });

  test.each(rights.map((right) => ({ name: rightText(right), right })))("$name", async ({ right }) => {
    const see = await startWith(
      rights.filter((other) => other !== right),
      refersToTimetable(right),
    );
    await eventually(see, (seen) => signOf(right)(seen, right));
  });
});
