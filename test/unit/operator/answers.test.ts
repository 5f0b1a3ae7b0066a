/** Answers while the watch is late, beside a server of a few lines. The answers themselves: test/unit/assess, test/integration/operator. */
import { expect, test } from "@jest/globals";
import type { MigrationTimetable } from "../../../src/api/migration-timetable.ts";
import { builtInData } from "../../../src/data/built-in-data.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { Answers } from "../../../src/operator/answers.ts";
import { StatusWriter } from "../../../src/operator/status-writer.ts";

const ignore = () => {};
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Stores what is applied, as the next version. */
function storing() {
  let version = 1;
  const json = async ({ body }: { body?: unknown }) => {
    version += 1;
    return { metadata: { resourceVersion: String(version) }, status: (body as { status: unknown }).status };
  };
  const client: KubeClient = { name: "here", server: "https://127.0.0.1", json, request: () => Promise.reject(), close: ignore };
  return { client, writes: () => version - 1 };
}

function answersOf(client: KubeClient) {
  const writer = new StatusWriter(client);
  let seconds = 0;
  const clock = () => new Date(Date.UTC(2026, 10, 23, 8, 0, seconds++));
  return { writer, answers: new Answers({ writer, editions: builtInData().editions, log, clock, refused: ignore }) };
}

const timetable: MigrationTimetable = {
  apiVersion: "flux-migration.dev/v1alpha1",
  kind: "MigrationTimetable",
  metadata: { name: "ours", uid: "1", generation: 1, resourceVersion: "1" },
  spec: { edition: "2021-06-28" },
};

test("a MigrationTimetable that a late watch still shows without its answer is answered once", async () => {
  const { client, writes } = storing();
  const { answers } = answersOf(client);
  const wrote = [];
  for (let pass = 0; pass < 3; pass += 1) wrote.push(await answers.give([], [timetable]));
  expect([wrote, writes()]).toEqual([[true, false, false], 1]);
});

test("what is gone is forgotten, and what stays is not", async () => {
  const { client } = storing();
  const { answers, writer } = answersOf(client);
  await answers.give([], [timetable]);
  writer.keepOnly([timetable]);
  expect(writer.present(timetable).metadata.resourceVersion).toBe("2");
  writer.keepOnly([]);
  expect(writer.present(timetable)).toBe(timetable);
});
