/** What a plan is made from, as files give it. */
import { expect, test } from "@jest/globals";
import { readFileObjects } from "../../../src/planning/file-objects.ts";
import { data, workload } from "../scan/scanned.ts";

async function* textOf(text: string) {
  yield Buffer.from(text);
}

test("a template that is YAML and leaves the image open is skipped, as a scan skips it; what is wrong is not read", async () => {
  const open = workload({ image: "fluxcd/flux:{{ .Values.tag }}" }).replace('"image"', '\n"image"');
  const wrong = workload({ image: "fluxcd/flux:::" });
  const read = await readFileObjects(["-"], () => textOf(`${open}\n---\n${wrong}\n---\n${workload()}`), data);
  expect(read.skipped).toEqual([
    'stdin:2: Deployment flux is a template: spec.template.spec.containers[0].image is "fluxcd/flux:{{ .Values.tag }}"',
  ]);
  // The plan itself tells what is wrong with the second.
  expect(read.objects).toHaveLength(2);
  expect(read.objects.map((object) => read.places.get(object))).toEqual(["stdin:4", "stdin:6"]);
});
