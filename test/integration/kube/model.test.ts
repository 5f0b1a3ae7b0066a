/**
 * The model of test/unit/kube/model beside the real API server: the same bytes where anybody reads them, and the same kept sets of both
 * sources after the same sequences. What a hundred thousand sequences prove there, they prove of this server.
 * @newest-only: the model is one of the newest
 */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import type { KubeClient, KubeRequest } from "../../../src/kube/client.ts";
import { statusErrorFrom } from "../../../src/kube/errors.ts";
import { identityOf } from "../../../src/kube/filter.ts";
import { TABLE_ACCEPT, TABLE_QUERY } from "../../../src/kube/table.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import * as frames from "../../unit/kube/model/frames.ts";
import { keepText, NEEDLES } from "../../unit/kube/model/play.ts";
import { changeWorld, isWorldStep, sequence } from "../../unit/kube/model/sequence.ts";
import { World } from "../../unit/kube/model/world.ts";
import * as harness from "./harness.ts";

const PATH = "/apis/apps/v1/deployments";
const SHAPE: frames.Shape = { images: ["ghcr.io/fluxcd/source-controller:v1", 'a<b>&\u2028\n"\u0000'], command: ["x"], note: "<&>" };
const SEED = 20_261_125;

describeOnControlPlane("the model of the API server", (get) => {
  let cp: ControlPlane;
  let client: KubeClient;
  harness.noUnhandledRejections();
  beforeAll(async () => {
    cp = get();
    client = await harness.clientFor(cp);
    for (const name of ["flux-system", "apps"])
      await harness.create(cp, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  });
  afterEach(harness.stopAll);
  afterAll(() => client.close());

  async function textOf(query: KubeRequest["query"], table = false): Promise<string> {
    const request = { path: PATH, query: { ...query, ...(table ? TABLE_QUERY : {}) }, ...(table ? { accept: TABLE_ACCEPT } : {}) };
    let text = "";
    for await (const piece of (await client.request(request)).body) text += piece.toString();
    return text;
  }

  /** Frames of a watch of four seconds: the server sends a bookmark two seconds before its end, mostly. */
  const watched = async (from: string, table = false) =>
    (await textOf({ watch: true, allowWatchBookmarks: true, resourceVersion: from, timeoutSeconds: 4 }, table)).trimEnd().split("\n");

  const apply = (method: string, namespace: string, name: string, shape?: frames.Shape) => {
    const path = `${harness.deploymentsPath(namespace)}${method === "POST" ? "" : `/${name}`}`;
    const body = shape && { apiVersion: "apps/v1", kind: "Deployment", ...frames.manifest(namespace, name, shape) };
    return cp.request(method, path, body);
  };

  /** The frames of an object that comes and goes, up to the bookmark after them, which a busy server can be too late for. */
  async function comeAndGo(name: string, table: boolean): Promise<string[]> {
    for (let turn = 0; turn < 5; turn += 1) {
      const watching = watched(versionOf(await textOf({ limit: 1 })), table);
      expect((await apply("POST", "apps", name, SHAPE)).status).toBe(201);
      expect((await apply("DELETE", "apps", name)).status).toBe(200);
      const told = (await watching).slice(0, 3);
      if (told.map((frame) => JSON.parse(frame || "{}").type).join() === "ADDED,DELETED,BOOKMARK") return told;
    }
    throw new Error("no bookmark came after five tries");
  }

  test("writes lists, Tables and frames as the real one does", async () => {
    for (const name of ["first", "second"]) expect((await apply("POST", "apps", name, SHAPE)).status).toBe(201);
    const model = ["first", "second"].map(
      (name, index) => new frames.ModelObject({ namespace: "apps", name, uid: "u", version: index }, SHAPE),
    );
    const [one] = model;
    if (!one) throw new Error("no object");
    const page = { version: 1, continue: "token", remaining: 1 };
    expectAlike(frames.listText(page, [one]), await textOf({ limit: 1 }));
    expectAlike(frames.listText({ version: 1 }, []), await textOf({ fieldSelector: "metadata.name=nobody" }));
    expectAlike(frames.tableText(page, [one]), await textOf({ limit: 1 }, true));
    expectAlike(frames.tableText({ version: 1 }, model), await textOf({}, true));

    const third = new frames.ModelObject({ namespace: "apps", name: "third", uid: "u", version: 7 }, SHAPE);
    const wholeFrames = await comeAndGo("third", false);
    expectAlike(frames.changeFrame("ADDED", third), wholeFrames[0]);
    expectAlike(frames.changeFrame("DELETED", third), wholeFrames[1]);
    expectAlike(frames.bookmarkFrame(7), wholeFrames[2]);
    for (const [index, frame] of wholeFrames.entries()) expect(identityOf(Buffer.from(frame))?.name).toBe(index < 2 ? "third" : undefined);
    expect(identityOf(Buffer.from(frames.changeFrame("ADDED", third)))).toEqual({ namespace: "apps", name: "third", resourceVersion: "7" });
    const tableFrames = await comeAndGo("third", true);
    expectAlike(frames.tableChangeFrame("ADDED", third, true), tableFrames[0]);
    expectAlike(frames.tableChangeFrame("DELETED", third, false), tableFrames[1]);
    expectAlike(frames.tableBookmarkFrame(7, false), tableFrames[2]);
  });

  test("refuses as the real one does: a version to come, one that is gone, and a token that is", async () => {
    const future = textOf({ resourceVersion: "99999999", resourceVersionMatch: "NotOlderThan" });
    const details = { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }], retryAfterSeconds: 1 };
    const asModel = statusErrorFrom(
      "x",
      504,
      frames.statusText(504, "Timeout", "Too large resource version", details),
      undefined,
      new Date(),
    );
    const { code, reason, retryAfterSeconds } = asModel;
    await expect(future).rejects.toMatchObject({ code, reason, retryAfterSeconds, details: { causes: details.causes } });

    const { metadata } = JSON.parse(await textOf({ limit: 1 }));
    await apply("DELETE", "apps", "second");
    await cp.compact();
    await cp.stopApiServer(); // with it goes its memory of recent events
    await cp.startApiServer();
    await expect(textOf({ limit: 1, continue: metadata.continue })).rejects.toMatchObject({ code: 410, reason: "Expired" });
    const [error] = await watched("5");
    expectAlike(frames.errorFrame(frames.statusText(410, "Expired", "too old resource version: 5 (9)")), error);
    await apply("DELETE", "apps", "first");
  });

  test("leads both sources to the same sets as the real one, for the same sequences", async () => {
    const table = harness.watchOf(client, { needles: NEEDLES, table: "Images", keep: withoutUid });
    const full = harness.watchOf(client, { needles: NEEDLES, keep: withoutUid });
    for (const steps of fc.sample(sequence, { numRuns: 12, seed: SEED })) {
      const world = new World();
      const written: Promise<unknown>[] = [];
      world.changed = ({ type, object: { identity, shape } }) => {
        const method = { ADDED: "POST", MODIFIED: "PUT", DELETED: "DELETE" }[type];
        written.push(inTurn(() => apply(method, identity.namespace, identity.name, type === "DELETED" ? undefined : shape)));
      };
      for (const step of steps.filter(isWorldStep)) changeWorld(world, step);
      await Promise.all(written);
      const there = [...world.at(world.version).objects.values()].flatMap((object) => withoutUid(JSON.parse(object.whole)) ?? []);
      await harness.eventually(table.items, there.toSorted());
      await harness.eventually(full.items, there.toSorted());
      for (const { identity } of world.at(world.version).objects.values()) await apply("DELETE", identity.namespace, identity.name);
    }
    expect(table.reflector.metrics.source).toBe("table");
  });
});

let last: Promise<unknown> = Promise.resolve();

/** Writes follow each other, or a PUT could come before its POST. */
function inTurn(write: () => Promise<{ status: number; body: unknown }>): Promise<void> {
  const written = last.then(async () => {
    const { status, body } = await write();
    expect([status, status < 300 ? "" : body]).toEqual([expect.any(Number), ""]);
  });
  last = written.catch(() => {});
  return written;
}

/** A uid is the server's own. */
function withoutUid(object: unknown): string | undefined {
  return keepText(object)?.replace(/"uid":"[^"]*"/g, '"uid":"…"');
}

function versionOf(list: string): string {
  return String(JSON.parse(list).metadata.resourceVersion);
}

/** Texts that are made up anew each time, or are cut short in the model. */
const FREE = /^(resourceVersion|continue|uid|creationTimestamp|description|message|remainingItemCount)$/;

/** Each field of the model is in the real answer: of the same type, in the same order, and of the same value where that means anything. */
function expectAlike(model: string, real: string | undefined): void {
  const wanted = JSON.parse(model);
  expect(alike(wanted, JSON.parse(real ?? "null"))).toEqual(wanted);
  // Go escapes what JSON.stringify does not: the same characters have to be escaped.
  expect(new Set(model.match(/\\u[0-9a-f]{4}/g))).toEqual(
    new Set(real?.match(/\\u[0-9a-f]{4}/g)?.filter((found) => model.includes(found))),
  );
  expect(real).not.toMatch(/[<>&\u2028]/);
}

/** @returns the real value, cut down to the fields of the model, in the real order; free texts are the model's. */
function alike(model: unknown, real: unknown, name = ""): unknown {
  if (Array.isArray(model) && Array.isArray(real)) return real.map((item, index) => alike(model[index], item, name));
  if (isRecord(model) && isRecord(real)) {
    const cut = Object.entries(real).filter(([key]) => key in model);
    expect(cut.map(([key]) => key)).toEqual(Object.keys(model));
    return Object.fromEntries(cut.map(([key, value]) => [key, alike(model[key], value, key)]));
  }
  const free = FREE.test(name) || (name === "cells" && /^\d+s$/.test(String(real)));
  return free && typeof model === typeof real ? model : real;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
