/** What changes while the operator runs: the mounted data, the log level. */
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { LOG_LEVEL_ANNOTATION } from "../../../src/api/group.ts";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd, toolkit } from "../../unit/assess/subject-builder.ts";
import { clientThrough, startFaultyProxy } from "../kube/faulty-proxy.ts";
import { useProgram } from "../program.ts";
import { conditionOf, eventually, OperatorFixture, SINGLETON } from "./operator-fixture.ts";

const Releases = z.looseObject({ asOf: z.string() });

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  holder.close();
  return typeof address === "object" && address ? address.port : 0;
}

/** @returns nothing where nobody answers yet */
async function scrape(address: string): Promise<string> {
  return await fetch(`http://${address}/metrics`).then(
    (answer) => answer.text(),
    () => "",
  );
}

/** A mounted ConfigMap is looked at every ten seconds. */
const TAKEN_MS = 30_000;
const NOTICED_MS = 12_000;

/** A write that nobody answers ends after thirty seconds: who waits for it ends later than this. */
const SOON_MS = 5_000;

describeOnControlPlane("a running operator", (get) => {
  const fixture = new OperatorFixture(get);
  const { start } = useProgram();
  let folder = "";

  /** As the kubelet does it: a new folder, and one rename of the link that leads to it. */
  const mount = (version: string, releases: string) => {
    mkdirSync(join(folder, version), { recursive: true });
    writeFileSync(join(folder, version, "flux-releases.json"), releases);
    symlinkSync(version, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  };

  const releases = (asOf: string) => {
    const present = Releases.parse(load(readFileSync("config/flux-releases.json", "utf8")));
    return JSON.stringify({ ...present, asOf });
  };

  const starts = (...args: string[]) => start(["operator", "--kubeconfig", get().kubeconfig, "--log-format", "json", ...args]);

  beforeAll(async () => {
    await fixture.installCrds();
    await fixture.apply(fluxd(), ...toolkit("v2.9.4"));
  });

  beforeEach(() => {
    folder = join(get().folder, "data");
    rmSync(folder, { recursive: true, force: true });
    mount("..1", releases("2026-08-07"));
    symlinkSync("..data/flux-releases.json", join(folder, "flux-releases.json"));
  });

  test("takes mounted data when it changes, keeps the last good one when that is wrong, and names file and field", async () => {
    const { said, child, ended } = starts("--data-folder", folder, "--at", "2026-11-23");
    await fixture.statusWhere(({ data }) => expect(data?.releasesAsOf).toBe("2026-08-07"));
    mount("..2", releases("2026-11-20"));
    await eventually(
      () => fixture.status(),
      (status) => expect(status?.data?.releasesAsOf).toBe("2026-11-20"),
      TAKEN_MS,
    );
    mount("..3", releases("2026-13-20"));
    await eventually(
      () => said.err,
      (log) => expect(log).toContain("the last good one stays in force"),
      TAKEN_MS,
    );
    expect(said.err).toMatch(/flux-releases\.json.*asOf/);
    // It lives on, and judges by the last good data.
    await fixture.remove("/apis/apps/v1/namespaces/flux/deployments/flux");
    const status = await fixture.statusWhere(({ summary }) => expect(summary?.fluxd).toBe("None"));
    expect([status.data?.releasesAsOf, conditionOf(status, "Ready")?.status]).toEqual(["2026-11-20", "True"]);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  }, 120_000);

  test.each([
    ["flux-releases.json", '{ "asOf": "2026-13-01" }', /flux-releases\.json.*asOf/],
    ["flux-releases.json", '{\n  "asOf": "2026-08-07",\n  releases: [', /flux-releases\.json:\d/],
    ["timetable/2030-01-01.yaml", "edition: 2030-01-01\nrows: []\n", /2030-01-01\.yaml.*(edition|rows)/],
  ])("does not start with a wrong %s, and says where (%#)", async (name, text, where) => {
    cpSync("config", folder, { recursive: true, filter: (source) => !source.endsWith("flux-releases.json") });
    rmSync(join(folder, name), { force: true });
    writeFileSync(join(folder, name), text);
    const { ended } = starts("--data-folder", folder);
    const { code, err } = await ended;
    expect([code, err]).toEqual([2, expect.stringMatching(where)]);
  });

  test("is one of two: the one that leads writes and tells its state, and the other takes over when it ends", async () => {
    const replica = async () => {
      const address = `127.0.0.1:${await freePort()}`;
      const election = ["--leader-election", "--lease-namespace", "default", "--lease-duration", "3"];
      return { address, ...starts(...election, "--metrics-address", address, "--cluster-name", "blue") };
    };
    const leads = (address: string) =>
      eventually(
        () => scrape(address),
        (text) => expect(text).toContain('flux_migration_leader{cluster="blue"} 1'),
      );
    const first = await replica();
    expect(await leads(first.address)).toContain('flux_migration_build_info{version="');
    const state = 'flux_migration_condition{type="Ready",status="True",reason="Assessed",cluster="blue"} 1';
    await eventually(
      () => scrape(first.address),
      (text) => expect(text).toContain(state),
    );
    const second = await replica();
    const follows = await eventually(
      () => scrape(second.address),
      (text) => expect(text).toContain('flux_migration_reflector_synced{resource="deployments.apps",cluster="blue"} 1'),
    );
    expect(follows).toContain('flux_migration_leader{cluster="blue"} 0');
    expect(follows).not.toContain("flux_migration_condition{");
    first.child.kill("SIGTERM");
    expect((await first.ended).code).toBe(0);
    await leads(second.address);
    await fixture.apply(fluxd());
    await fixture.statusWhere(({ summary }) => expect(summary?.fluxd).toBe("1.25.4"));
    await eventually(
      () => scrape(second.address),
      (text) => expect(text).toContain(state),
    );
    second.child.kill("SIGTERM");
    await fixture.remove("/apis/apps/v1/namespaces/flux/deployments/flux");
  });

  test("that writes nothing takes no part in the election, and tells its state", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const election = ["--leader-election", "--lease-namespace", "default", "--lease-name", "rehearsal"];
    const { child, ended } = starts("--dry-run", ...election, "--metrics-address", address, "--cluster-name", "blue");
    await eventually(
      () => scrape(address),
      (text) => expect(text).toContain('flux_migration_condition{type="Ready",status="True",reason="Assessed",cluster="blue"} 1'),
    );
    expect((await get().request("GET", "/apis/coordination.k8s.io/v1/namespaces/default/leases/rehearsal")).status).toBe(404);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  test("is as talkative as its annotation says, without a restart", async () => {
    const { said, child } = starts("--log-level", "warn");
    await fixture.statusWhere((status) => expect(conditionOf(status, "Ready")?.status).toBe("True"));
    await fixture.merge(SINGLETON, { metadata: { annotations: { [LOG_LEVEL_ANNOTATION]: "info" } } });
    await eventually(
      () => said.err,
      (log) => expect(log).toContain('"msg":"the log level is another"'),
    );
    expect(said.err).not.toContain('"msg":"wrote the status"');
    await fixture.apply(fluxd());
    await eventually(
      () => said.err,
      (log) => expect(log).toContain('"msg":"wrote the status"'),
    );
    await fixture.merge(SINGLETON, { metadata: { annotations: { [LOG_LEVEL_ANNOTATION]: "loud" } } });
    await eventually(
      () => said.err,
      (log) => expect(log).toContain('is \\"loud\\"; want one of debug, info, warn, error'),
    );
    await fixture.merge(SINGLETON, { metadata: { annotations: { [LOG_LEVEL_ANNOTATION]: null } } });
    await eventually(
      () => said.err,
      (log) => expect(log).toContain('"by":"setting"'),
    );
    const length = said.err.length;
    await fixture.remove("/apis/apps/v1/namespaces/flux/deployments/flux");
    await fixture.statusWhere(({ summary }) => expect(summary?.fluxd).toBe("None"));
    expect(said.err.slice(length)).toBe("");
    child.kill("SIGTERM");
  });

  test("ends soon also where new data waits for a write that nobody answers", async () => {
    const proxy = await startFaultyProxy(get());
    (await clientThrough(get(), proxy.url)).close();
    const kubeconfig = join(get().folder, `through-${new URL(proxy.url).port}.yaml`);
    const { child, ended } = start(["operator", "--kubeconfig", kubeconfig, "--data-folder", folder, "--at", "2026-11-23"]);
    try {
      await fixture.statusWhere(({ data }) => expect(data?.releasesAsOf).toBe("2026-08-07"));
      let hanging = 0;
      proxy.fault = (method) => (method === "PATCH" && ++hanging > 0 ? { unanswered: true } : undefined);
      await fixture.apply(fluxd({ image: "docker.io/fluxcd/flux:1.20.0" }));
      await eventually(
        () => hanging,
        (writes) => expect(writes).toBeGreaterThan(0),
      );
      mount("..2", releases("2026-11-20"));
      await sleep(NOTICED_MS);
      const asked = performance.now();
      child.kill("SIGTERM");
      expect((await ended).code).toBe(0);
      expect(performance.now() - asked).toBeLessThan(SOON_MS);
    } finally {
      await proxy.close();
    }
  });
});
