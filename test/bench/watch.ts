/** A plain watch on one resource, as the yardstick: nothing is faster than what the API server itself tells. */
import * as z from "zod";
import type { KubeClient } from "../../src/kube/client.ts";
import { LineSplitter } from "../../src/kube/frames.ts";

const Frame = z.looseObject({ type: z.string(), object: z.looseObject({ metadata: z.looseObject({ name: z.string().optional() }) }) });
const List = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

export interface Seen {
  /** performance.now() when the frame had come whole, before it was parsed. */
  at: number;
  type: string;
  name: string;
  object: unknown;
}

/** Calls `seen` for each event from now on, until the signal. */
export async function plainWatch(client: KubeClient, path: string, seen: (event: Seen) => void, signal: AbortSignal): Promise<void> {
  const { metadata } = List.parse(await client.json({ path, query: { limit: 1 }, signal }));
  const answer = await client.request({ path, query: { watch: true, resourceVersion: metadata.resourceVersion }, signal });
  const lines = new LineSplitter();
  void (async () => {
    try {
      for await (const chunk of answer.body) {
        const at = performance.now();
        for (const line of lines.push(chunk)) {
          const { type, object } = Frame.parse(JSON.parse(line.toString("utf8")));
          seen({ at, type, name: object.metadata.name ?? "", object });
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  })();
}
