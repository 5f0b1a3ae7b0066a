/** The health check for Argo CD, run by gopher-lua, the Lua that Argo CD has, with the functions that Argo CD gives it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { notSingleton, timetableStatus } from "../../src/assess/refusals.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { describeWithTools } from "../tools/suite.ts";
import { type ClusterName, sixClusters } from "../unit/assess/six-clusters.ts";
import { day, statusOf } from "../unit/assess/subject-builder.ts";
import { kstatus } from "../unit/docs/kstatus.ts";
import { findGlua } from "./argocd-glua.ts";
import { kubectlOf } from "./kubectl.ts";

const SCRIPT = "deploy/argocd/health.lua";
const KINDS = ["MigrationStatus", "MigrationTimetable"];

const Health = z.strictObject({ status: z.enum(["Healthy", "Degraded", "Progressing", "Suspended"]), message: z.string().min(1) });
type Health = z.infer<typeof Health>;

/** As Argo CD makes a Lua value of an object. Source: github.com/argoproj/argo-cd, util/lua/lua.go, decodeValue. */
function luaValue(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(luaValue).join(",")}}`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => `[${luaText(key)}]=${luaValue(item)}`)
      .join(",")}}`;
  return typeof value === "string" ? luaText(value) : String(value ?? "nil");
}

function luaText(text: string): string {
  return `"${Array.from(Buffer.from(text), (byte) => `\\${String(byte).padStart(3, "0")}`).join("")}"`;
}

/** Neither string nor io nor math: Argo CD opens the basic functions, package, table and a safe part of os (lua.go, runLua). */
function program(object: unknown): string {
  return `
local given = { obj = ${luaValue(object)}, table = table }
for _, name in ipairs({ "ipairs", "next", "pairs", "pcall", "select", "tonumber", "tostring", "type", "unpack" }) do given[name] = _G[name] end
local script = assert(loadfile(${luaText(SCRIPT)}))
setfenv(script, given)
local health = script()
io.write(health.status, "\\n", health.message)
`;
}

const object = (status: unknown, parts: object = {}) => ({ metadata: { name: "cluster", generation: 1 }, spec: {}, status, ...parts });

const glua = await findGlua((line) => void process.stderr.write(`${line}\n`));
const withGlua = glua.found ? describe : describe.skip;
if (!glua.found) process.stderr.write(`\nSKIPPED: the health check of Argo CD\n- ${glua.why}\n`);

withGlua("health in Argo CD", () => {
  async function health(given: unknown): Promise<Health> {
    const folder = await mkdtemp(join(tmpdir(), "argocd-"));
    try {
      const file = join(folder, "run.lua");
      await writeFile(file, program(given));
      const { stdout } = await promisify(execFile)(glua.found ? glua.program : "", [file], { timeout: 10_000 });
      const [status, ...message] = stdout.split("\n");
      return Health.parse({ status, message: message.join("\n") });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  const expected: Record<ClusterName, Health["status"]> = {
    a: "Healthy",
    b: "Healthy",
    c: "Healthy",
    d: "Healthy",
    e: "Healthy",
    f: "Progressing",
  };

  test.each(Object.keys(sixClusters) as ClusterName[])("cluster %s", async (name) => {
    const status = statusOf(sixClusters[name]);
    const shown = await health(object(status));
    expect(shown.status).toBe(expected[name]);
    expect(shown.message).toBe(shown.status === "Healthy" ? status.summary.message : status.conditions[0]?.message);
  });

  test("suspended, whatever the status says", async () => {
    expect((await health(object(undefined, { spec: { suspend: true } }))).status).toBe("Suspended");
    expect((await health(object(statusOf(sixClusters.a), { spec: { suspend: true } }))).status).toBe("Suspended");
    expect((await health(object(statusOf(sixClusters.a), { spec: { suspend: false } }))).status).toBe("Healthy");
  });

  test("not judged yet, or not since the spec changed", async () => {
    expect((await health(object(undefined))).status).toBe("Progressing");
    expect((await health(object({ observedGeneration: -1 }))).status).toBe("Progressing");
    expect((await health(object(statusOf(sixClusters.c), { metadata: { generation: 2 } }))).status).toBe("Progressing");
  });

  test("what waits for a person is Degraded, with the reason", async () => {
    const now = day("2026-11-23");
    const second = { metadata: { name: "mine", generation: 1 } };
    expect(await health({ ...second, status: notSingleton(second, now) })).toEqual({
      status: "Degraded",
      message: "Only MigrationStatus/cluster is kept true; delete this one: kubectl delete migrationstatus mine",
    });
    const ours = { metadata: { name: "ours", generation: 1 }, spec: { edition: "2021-07" } };
    const status = timetableStatus({ ok: false, problems: ['spec.edition "2021-07" is unknown'] }, ours, now);
    expect(await health({ ...ours, status })).toEqual({ status: "Degraded", message: 'spec.edition "2021-07" is unknown.' });
  });

  test("says of every one of these what kstatus says", async () => {
    const same = { Current: "Healthy", InProgress: "Progressing", Failed: "Degraded", Terminating: "Progressing" } as const;
    const problem = { reason: "TimetableInvalid" as const, message: "MigrationTimetable/ours does not exist" };
    const both = { ...sixClusters.f, problem };
    const objects = [...Object.values(sixClusters), { problem }, both].map((cluster) => object(statusOf(cluster)));
    for (const each of objects) expect((await health(each)).status).toBe(same[kstatus(each).status]);
  });
});

await describeWithTools(["kubectl"], "the health check in argocd-cm", (tools) => {
  describeOnControlPlane("is added beside what stands there", (get) => {
    const kubectl = kubectlOf(tools.kubectl, get);

    test("as docs/integrations.md shows it", async () => {
      await kubectl("create", "namespace", "argocd");
      await kubectl("create", "configmap", "argocd-cm", "-n", "argocd", "--from-literal=url=https://argocd.example.com");
      await kubectl("apply", "--server-side", "-k", "deploy/argocd");
      const text = await kubectl("get", "configmap", "argocd-cm", "-n", "argocd", "-o", "json");
      const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(JSON.parse(text));
      const keys = KINDS.map((kind) => `resource.customizations.health.flux-migration.dev_${kind}`);
      expect(Object.keys(data).toSorted()).toEqual([...keys, "url"].toSorted());
      for (const key of keys) expect(data[key]).toContain('health.status = "Healthy"');
    });
  });
});
