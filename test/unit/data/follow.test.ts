import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { fingerprint, followFolder } from "../../../src/data/follow.ts";

const INTERVAL_MS = 10;

describe("a followed folder", () => {
  let folder: string;
  let calls = 0;
  let stop: () => Promise<void>;

  const called = async (times: number) => {
    for (let waits = 0; waits < 200 && calls < times; waits += 1) await sleep(INTERVAL_MS);
    await sleep(5 * INTERVAL_MS);
    expect(calls).toBe(times);
  };

  /** As the kubelet does it: a new folder with the files, and one rename of the link that leads to it. */
  const mount = (version: string, text: string) => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, "flux-releases.json"), text);
    symlinkSync(version, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "follow-"));
    mount("..1", "old");
    symlinkSync("..data/flux-releases.json", join(folder, "flux-releases.json"));
    calls = 0;
    stop = followFolder({
      folder,
      known: fingerprint(folder),
      intervalMs: INTERVAL_MS,
      changed: async () => {
        calls += 1;
      },
    });
    await called(0);
  });

  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  test("tells once when a mounted ConfigMap is swapped for one of the same size", async () => {
    mount("..2", "new");
    await called(1);
  });

  test("tells when a file is written in place, and when the folder goes", async () => {
    writeFileSync(join(folder, "images.yaml"), "images: []");
    await called(1);
    const away = `${folder}-away`;
    renameSync(folder, away);
    await called(2);
    renameSync(away, folder);
    await called(3);
  });

  test("tells what changed between the reading and the first look", async () => {
    await stop();
    const known = fingerprint(folder);
    mount("..2", "new");
    const changed = async () => {
      calls += 1;
    };
    stop = followFolder({ folder, known, intervalMs: INTERVAL_MS, changed });
    await called(1);
  });

  test("tells nothing after its end", async () => {
    await stop();
    mount("..2", "new");
    await called(0);
  });
});
