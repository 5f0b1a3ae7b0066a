/** What the newest Kubernetes and the oldest that the product runs on do not have in common, where the product or its tests rely on either. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { crdFile } from "../../src/operator/install-crds.ts";
import { applyManifests } from "../control-plane/apply.ts";
import { describeOnControlPlane, kubernetes } from "../control-plane/suite.ts";
import { eventually, STATUSES, TIMETABLES } from "./operator/operator-fixture.ts";

const onFloor = kubernetes === "1.20";
const FULL = "crds/crds.yaml";
const LEGACY = "crds/crds-legacy.yaml";
const STATUS_CRD = "CustomResourceDefinition migrationstatuses.flux-migration.dev";
/** The one that has rules of CEL. */
const TIMETABLE_CRD = "CustomResourceDefinition migrationtimetables.flux-migration.dev";

describeOnControlPlane("this Kubernetes", (get) => {
  test("is the one that was asked for", () => {
    expect(get().version).toMatch(onFloor ? /^v1\.20\.2$/ : /^v1\.(2[5-9]|[3-9]\d)\./);
  });

  describe("and our CRDs", () => {
    beforeAll(async () => {
      for (const path of [STATUSES, TIMETABLES]) expect((await get().request("GET", path)).status).toBe(404);
    });

    test("those with rules of validation are taken, and below 1.25 refused for them", async () => {
      const { applied, refused } = await applyManifests(get(), readFileSync(FULL, "utf8"));
      const why = expect.stringContaining("x-kubernetes-validations");
      expect(applied).toEqual(onFloor ? [STATUS_CRD] : [STATUS_CRD, TIMETABLE_CRD]);
      expect(refused).toEqual(onFloor ? [{ what: `${TIMETABLE_CRD} (file doc 2)`, why }] : []);
    });

    test("those without are taken everywhere", async () => {
      expect(await applyManifests(get(), readFileSync(LEGACY, "utf8"))).toEqual({ applied: [STATUS_CRD, TIMETABLE_CRD], refused: [] });
      await eventually(
        async () => [(await get().request("GET", STATUSES)).status, (await get().request("GET", TIMETABLES)).status],
        (statuses) => expect(statuses).toEqual([200, 200]),
      );
    });

    test("the product takes the form that this server takes", () => {
      expect(crdFile(get().minor)).toBe(onFloor ? LEGACY : FULL);
      expect(loadAll(readFileSync(crdFile(get().minor), "utf8"))).toHaveLength(2);
    });
  });

  test("a PodDisruptionBudget is policy/v1, and below 1.21 only v1beta1", async () => {
    const statuses = ["v1", "v1beta1"].map(async (version) => (await get().request("GET", `/apis/policy/${version}`)).status);
    expect(await Promise.all(statuses)).toEqual(onFloor ? [404, 200] : [200, 404]);
  });

  test("a watch begins with a list where that is asked for; before 1.27 it refuses, or never says where the list ends", async () => {
    // Of nothing: what comes before the end of the watch is only what the server itself has to say.
    const nothing = "watch=true&timeoutSeconds=1&allowWatchBookmarks=true&fieldSelector=metadata.name=nothing";
    const watch = (more: string) => get().request("GET", `/api/v1/namespaces?${nothing}&sendInitialEvents=true${more}`);
    const initialEventsEnd = { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } };
    const asked = await watch("&resourceVersionMatch=NotOlderThan");
    expect(asked).toMatchObject(onFloor ? { status: 422 } : { status: 200, body: { type: "BOOKMARK", object: initialEventsEnd } });
    const withoutMatch = await watch("");
    expect(withoutMatch).toMatchObject(onFloor ? { status: 200, body: "" } : { status: 422 });
  });
});
