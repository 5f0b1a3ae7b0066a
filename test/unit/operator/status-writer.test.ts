/** A race that no test can time with a real server, beside one of a few lines. All else: test/integration/operator/others-write.test.ts. */
import { expect, test } from "@jest/globals";
import type { KubeClient, KubeRequest } from "../../../src/kube/client.ts";
import { statusErrorFrom } from "../../../src/kube/errors.ts";
import { STATUSES } from "../../../src/operator/own-kinds.ts";
import { StatusWriter } from "../../../src/operator/status-writer.ts";

test("somebody writes between the apply and what takes foreign fields back: the status counts as written, so that its transitions are told", async () => {
  const sent: string[] = [];
  const json = async ({ contentType = "", body }: KubeRequest) => {
    sent.push(contentType);
    if (contentType.includes("json-patch")) throw statusErrorFrom("PATCH", 409, "changed meanwhile", undefined, new Date());
    return { metadata: { resourceVersion: "2" }, status: { ...(body as { status: object }).status, foreign: true } };
  };
  const client: KubeClient = { name: "here", server: "https://127.0.0.1", json, request: () => Promise.reject(), close: () => {} };
  const object = { metadata: { name: "cluster", uid: "1", resourceVersion: "1" } };
  const outcome = await new StatusWriter(client).write({ resource: STATUSES, kind: "MigrationStatus" }, object, { observedGeneration: 1 });
  expect({ outcome, sent }).toEqual({ outcome: "Written", sent: ["application/apply-patch+yaml", "application/json-patch+json"] });
});
