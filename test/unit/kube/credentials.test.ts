/** Credentials that are asked for while a 401 comes: which reading an answer stems from, and how many questions are under way. */
import type { RequestOptions } from "node:https";
import { expect, test } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { createCredentials } from "../../../src/kube/credentials.ts";

/** Answers when the test says so. */
class Slow extends KubeConfig {
  readonly questions: PromiseWithResolvers<void>[] = [];

  override async applyToHTTPSOptions(_options: RequestOptions): Promise<void> {
    const question = Promise.withResolvers<void>();
    this.questions.push(question);
    await question.promise;
  }
}

function slow() {
  const config = new Slow();
  const server = new URL("https://127.0.0.1");
  const reloads: number[] = [];
  const cluster = { name: "here", server, source: "a file", proxied: false, kubeConfig: () => config };
  const credentials = createCredentials({ ...cluster, reload: () => reloads.push(1) });
  return {
    credentials,
    reloads,
    answer: (question: number) => config.questions[question]?.resolve(),
    asked: () => config.questions.length,
  };
}

async function refusedWhileAsking() {
  const { credentials, answer, ...rest } = slow();
  const first = credentials.present();
  answer(0);
  const refused = await first;
  const late = credentials.present();
  credentials.refuse(refused);
  const newer = credentials.present();
  answer(1);
  return { credentials, answer, late: await late, newer, ...rest };
}

test("an answer stems from the reading that it was asked of, so that its refusal reads nothing again", async () => {
  const { credentials, answer, late, newer, reloads } = await refusedWhileAsking();
  credentials.refuse(late);
  answer(2);
  await newer;
  expect([late.reading, reloads.length]).toEqual([0, 1]);
});

test("an old question that ends leaves the newer one to be shared", async () => {
  const { credentials, answer, newer, asked } = await refusedWhileAsking();
  const shared = credentials.present();
  answer(2);
  expect(await shared).toBe(await newer);
  expect(asked()).toBe(3);
});
