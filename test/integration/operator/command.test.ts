/** The command as a person runs it: its words, its exit codes, its end. */
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd } from "../../unit/assess/subject-builder.ts";
import { useProgram } from "../program.ts";
import { eventually, OperatorFixture, SINGLETON, since } from "./operator-fixture.ts";

/** A process is given this long to end after SIGTERM. */
const STOP_MS = 2_000;

describeOnControlPlane("flux-migration operator", (get) => {
  const fixture = new OperatorFixture(get);
  const program = useProgram();
  const start = (args: readonly string[], environment?: Record<string, string>) => program.start(["operator", ...args], environment);
  const run = (args: readonly string[], environment?: Record<string, string>) => start(args, environment).ended;
  const here = () => ["--kubeconfig", get().kubeconfig];

  beforeAll(() => fixture.apply(fluxd()));

  test("--once --dry-run judges a cluster without our CRDs, prints what would be written, and writes nothing", async () => {
    const begin = new Date();
    const { code, out, err } = await run([
      ...here(),
      "--once",
      "--dry-run",
      "--install-crds",
      "--at",
      "2022-11-01",
      "--log-format",
      "json",
    ]);
    expect([code, err]).toEqual([0, expect.not.stringContaining('"level":50')]);
    expect(out.split("\n").slice(0, 2)).toEqual([
      "NAME      FLUXD    HELM-OP   TOOLKIT   FLUX1-PHASE   SUPPORT   MIGRATION    ACTION       READY",
      "cluster   1.25.4   None      None      Archived      None      NotStarted   MigrateNow   True",
    ]);
    expect(out).toMatch(/^CONDITION\s+STATUS\s+REASON\s+MESSAGE$/m);
    expect(out).toMatch(/^Critical\s+MigrateNow\s+Flux 1 is archived since 2022-11-01/m);
    // Its log goes to stderr, in lines that a machine reads.
    for (const line of err.trim().split("\n"))
      expect(JSON.parse(line)).toMatchObject({ msg: expect.any(String), time: expect.stringMatching(/^2022-11-01T00:00:/) });
    expect(await fixture.writes(since(begin))).toEqual([]);
    expect((await fixture.requests(since(begin))).length).toBeGreaterThan(5);
    expect((await get().request("GET", SINGLETON)).status).toBe(404);
  });

  test.each([
    {
      what: "an edition that nobody published",
      args: () => [...here(), "--edition", "2021-07-01"],
      words: ['edition "2021-07-01" is unknown; known: 2021-03-24, 2021-06-28, 2021-06-30, 2022-09-20'],
    },
    {
      what: "a kubeconfig that is not there",
      args: () => ["--kubeconfig", "/no/such/file"],
      words: ["kubeconfig /no/such/file: no such file"],
    },
    {
      what: "a context that is not there",
      args: () => [...here(), "--context", "other"],
      words: ['context "other" is unknown', "admin@control-plane"],
    },
    {
      what: "a kubeconfig that names nothing",
      args: () => ["--kubeconfig", join(get().folder, "empty.yaml")],
      words: ["names no context"],
    },
    {
      what: "a variable of no setting",
      args: here,
      environment: { FLUX_MIGRATION_EDITON: "x" },
      words: ["FLUX_MIGRATION_EDITON: no such setting", "FLUX_MIGRATION_EDITION"],
    },
    { what: "an option that there is not", args: () => [...here(), "--no-such"], words: ["--no-such"] },
    {
      what: "an address that is taken",
      args: () => [...here(), "--health-address", get().server.replace("https://", "")],
      words: ["flux-migration: --health-address 127.0.0.1:", "EADDRINUSE", "choose another address"],
    },
  ])("$what ends with 2, and says what was wanted", async ({ args, words, environment }) => {
    await writeFile(join(get().folder, "empty.yaml"), "");
    const begin = new Date();
    const { code, out, err } = await run(args(), environment);
    expect([code, out]).toEqual([2, ""]);
    for (const word of words) expect(err).toContain(word);
    // A person can mend it without reading where in our code it was noticed.
    expect(err).not.toMatch(/\n\s+at .*\.ts:\d+/);
    expect(await fixture.requests(since(begin))).toEqual([]);
  });

  test("it installs its CRDs, tells the kubelet how it is, and ends with 0 on SIGTERM", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { child, said, ended } = start([...here(), "--install-crds", "--health-address", address, "--log-format", "json"]);
    const seen: string[] = [];
    await eventually(
      async () => {
        const now = `healthz ${await health(address, "/healthz")} readyz ${await health(address, "/readyz")}`;
        if (seen.at(-1) !== now) seen.push(now);
        return now;
      },
      (now) => expect(now).toBe("healthz 200 readyz 200"),
    );
    expect(seen).toContain("healthz 200 readyz 503");
    expect([await health(address, "/metrics"), await health(address, "/readyz", "POST")]).toEqual([404, 405]);
    await fixture.row("1.25.4 None None Archived None NotStarted MigrateNow True");
    // One replica needs no Lease.
    expect(await fixture.requests(({ resource }) => resource === "leases")).toEqual([]);
    const stop = performance.now();
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, out: "" });
    expect(performance.now() - stop).toBeLessThan(STOP_MS);
    expect(said.err).toContain('"msg":"stopping"');
  });

  test("SIGTERM ends it also while the cluster does not answer", async () => {
    const file = join(get().folder, "nowhere.yaml");
    const cluster = { server: `http://127.0.0.1:${await freePort()}` };
    const context = { cluster: "nowhere", user: "" };
    const config = { clusters: [{ name: "nowhere", cluster }], contexts: [{ name: "nowhere", context }], "current-context": "nowhere" };
    await writeFile(file, JSON.stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const { child, said, ended } = start(["--kubeconfig", file, "--health-address", address, "--log-format", "json"]);
    await eventually(
      () => said.err,
      (log) => expect(log).toContain("ECONNREFUSED"),
    );
    expect([await health(address, "/healthz"), await health(address, "/readyz")]).toEqual([200, 503]);
    const stop = performance.now();
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    expect(performance.now() - stop).toBeLessThan(STOP_MS);
  });

  test("--once with a right that is missing prints what could be read, and ends with 3", async () => {
    const { code, out } = await run(["--kubeconfig", await get().kubeconfigFor("nobody"), "--once", "--dry-run"]);
    expect(code).toBe(3);
    expect(out).toMatch(/^cluster +Unknown +Unknown +Unknown +Unknown +Unknown +Unknown +GrantAccess +False$/m);
  });
});

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  holder.close();
  await once(holder, "close");
  return typeof address === "object" && address ? address.port : 0;
}

/** @returns the HTTP status, 0 where nobody answers */
async function health(address: string, path: string, method = "GET"): Promise<number> {
  return await new Promise((resolve) => {
    request(`http://${address}${path}`, { method, agent: false }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    })
      .once("error", () => resolve(0))
      .end();
  });
}
