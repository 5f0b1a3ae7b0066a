/** Events beside a server that hangs, asks for patience or refuses. What a real one makes of them: test/integration/kube/objects.test.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { KubeClient, KubeRequest } from "../../../src/kube/client.ts";
import { ConnectionError, statusErrorFrom } from "../../../src/kube/errors.ts";
import { createEventRecorder, type EventRecorder } from "../../../src/kube/events.ts";

const about = { apiVersion: "example.com/v1", kind: "Report", name: "first", uid: "1" };
const retry = { firstMs: 20, factor: 2, capMs: 80, jitter: 0, resetMs: 60_000 };

const refusal = (code: number, retryAfter?: string) => statusErrorFrom("POST /events", code, "", retryAfter, new Date());

describe("Events", () => {
  const recorders: EventRecorder[] = [];
  afterEach(() => Promise.all(recorders.splice(0).map((recorder) => recorder.stop())));

  /** @param answer to each try, by its number from 1 */
  function recorderOf(answer: (tries: number, signal?: AbortSignal) => Promise<unknown>) {
    const posted: string[] = [];
    const warnings: string[] = [];
    let tries = 0;
    const json = async ({ body, signal }: KubeRequest) => {
      tries += 1;
      await answer(tries, signal);
      posted.push(String((body as { reason: string }).reason));
      return body;
    };
    const client: KubeClient = { name: "here", server: "https://127.0.0.1", json, request: () => Promise.reject(), close: () => {} };
    const ignore = () => {};
    const log = { debug: ignore, info: ignore, error: ignore, warn: (sentence: string) => void warnings.push(sentence) };
    const recorder = createEventRecorder({ client, log, clock: () => new Date(), component: "us", instance: "pod-1", retry });
    recorders.push(recorder);
    const post = (...reasons: string[]) => {
      for (const reason of reasons) recorder.post({ about, type: "Normal", reason, message: "gone", transition: "a" });
    };
    return { post, recorder, posted, warnings, tries: () => tries };
  }

  test("are posted one after the other, in their order, each once", async () => {
    const { post, recorder, posted } = recorderOf(() => sleep(5));
    post("One", "Two", "One", "Three");
    await recorder.stop();
    expect(posted).toEqual(["One", "Two", "Three"]);
  });

  test.each([
    ["a 429", refusal(429)],
    ["a 503", refusal(503)],
    ["a cut", new ConnectionError("Failed", "read ECONNRESET")],
  ])("that meet %s are tried again, and told of once in the log", async (_, error) => {
    const { post, posted, warnings } = recorderOf((tries) => (tries < 4 ? Promise.reject(error) : Promise.resolve()));
    post("One", "Two");
    while (posted.length < 2) await sleep(5);
    expect([posted, warnings]).toEqual([["One", "Two"], ["an Event could not be posted"]]);
  });

  test("wait as long as the server asks", async () => {
    const { post, tries } = recorderOf(() => Promise.reject(refusal(429, "1")));
    post("One");
    await sleep(300);
    expect(tries()).toBe(1);
  });

  test("that are refused for what they are do not hold up the next", async () => {
    const { post, recorder, posted, tries } = recorderOf((count) => (count === 1 ? Promise.reject(refusal(403)) : Promise.resolve()));
    post("One", "Two");
    await recorder.stop();
    expect([posted, tries()]).toEqual([["Two"], 2]);
  });

  test("that nobody answers keep the latest hundred waiting, and go where somebody else tells them", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { post, recorder, posted } = recorderOf(() => promise);
    post("Gone");
    recorder.forget();
    post(...Array.from({ length: 120 }, (_, index) => `E${index}`));
    resolve();
    await recorder.stop();
    expect([posted.length, posted[0], posted[1], posted.at(-1)]).toEqual([101, "Gone", "E20", "E119"]);
  });

  test("stop posts what waits, but tries nothing again", async () => {
    const fine = recorderOf(() => sleep(5));
    fine.post("One", "Two");
    await fine.recorder.stop();
    expect(fine.posted).toEqual(["One", "Two"]);
    const failing = recorderOf(() => Promise.reject(refusal(503)));
    failing.post("One", "Two");
    await sleep(5);
    await failing.recorder.stop();
    await sleep(60);
    expect(failing.tries()).toBe(1);
  });

  test("stop waits a second for one that nobody answers", async () => {
    const { post, recorder, posted, warnings } = recorderOf((_, signal) => sleep(30_000, undefined, { signal }));
    post("One", "Two");
    const start = performance.now();
    await recorder.stop();
    expect(performance.now() - start).toBeLessThan(5_000);
    expect([posted, warnings]).toEqual([[], []]);
  });
});
