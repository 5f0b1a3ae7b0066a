/** The program that a kubeconfig names for credentials: which is started, with what, for how long, and what becomes of what it says. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Plugin, PluginAuthenticator, withPlugin } from "../../../src/kube/credential-plugin.ts";
import { loadCluster } from "../../../src/kube/kubeconfig.ts";
import { findProgram, pluginEnvironment } from "../../../src/kube/plugin-environment.ts";
import { pluginPolicy } from "../../../src/kube/plugin-policy.ts";
import type { GroupLimits } from "../../../src/kube/process-group.ts";

const V1 = "client.authentication.k8s.io/v1";
const TOKEN = "s3cr3t-canary";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plugin-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function script(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${lines.join("\n")}\n`, { mode: 0o755 });
  return path;
}

const answering = (status: object, apiVersion = V1) => `echo '${JSON.stringify({ kind: "ExecCredential", apiVersion, status })}'`;

/** Asks as often as given, of one authenticator. */
async function asked(exec: Readonly<Record<string, unknown>>, { times = 1, limits }: { times?: number; limits?: GroupLimits } = {}) {
  const authenticator = new PluginAuthenticator(
    { allow: "All" },
    () => ({ name: "a", server: "https://a", skipTLSVerify: false }),
    limits ?? { timeMs: 30_000, bytes: 1024 * 1024 },
  );
  const user = withPlugin({ name: "u" }, Plugin.parse({ apiVersion: V1, ...exec }), join(folder, "config"));
  const options: RequestOptions = { ca: Buffer.from("CA") };
  for (let time = 0; time < times; time += 1) await authenticator.applyAuthentication(user, options);
  return options;
}

const refusal = async (...given: Parameters<typeof asked>): Promise<string> =>
  asked(...given).then(
    () => "it answered",
    (error: Error) => `${error.message} ${String(error.cause ?? "")}`,
  );

const lives = (pid: number) => {
  try {
    process.kill(pid, 0);
    // Nobody may have asked for the end of one that has ended.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

async function gone(pidFile: string): Promise<boolean> {
  const pid = Number(readFileSync(pidFile, "utf8"));
  expect(pid).toBeGreaterThan(1);
  for (let tries = 0; tries < 100 && lives(pid); tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  return !lives(pid);
}

test("gives a token, or a certificate with its key; asked once, and again when what it gave has expired", async () => {
  const count = join(folder, "count");
  const once = script("once", `echo x >> ${count}`, answering({ token: TOKEN, expirationTimestamp: "2999-01-01T00:00:00Z" }));
  expect((await asked({ command: once }, { times: 3 })).headers).toEqual({ Authorization: `Bearer ${TOKEN}` });
  expect(readFileSync(count, "utf8")).toBe("x\n");
  const short = script("short", `echo x >> ${count}`, answering({ token: TOKEN, expirationTimestamp: "2020-01-01T00:00:00Z" }));
  await asked({ command: short }, { times: 3 });
  expect(readFileSync(count, "utf8")).toBe("x\n".repeat(4));
  const certificate = script("certificate", answering({ clientCertificateData: "C", clientKeyData: "K" }));
  expect(await asked({ command: certificate })).toMatchObject({ cert: "C", key: "K" });
});

test("knows what it is asked for, and of our environment what it needs alone", async () => {
  const seen = join(folder, "seen");
  const command = script("env", `env > ${seen}`, answering({ token: TOKEN }));
  process.env.SECRET_OF_THE_JOB = TOKEN;
  process.env.AWS_PROFILE = "team";
  try {
    await asked({ command, env: [{ name: "MINE", value: "1" }], provideClusterInfo: true, args: ["$(touch x)"] });
  } finally {
    delete process.env.SECRET_OF_THE_JOB;
    delete process.env.AWS_PROFILE;
  }
  const text = readFileSync(seen, "utf8");
  expect(text).not.toContain(TOKEN);
  expect(text).toMatch(/^MINE=1$/m);
  expect(text).toMatch(/^AWS_PROFILE=team$/m);
  expect(JSON.parse(/^KUBERNETES_EXEC_INFO=(.*)$/m.exec(text)?.[1] ?? "")).toEqual({
    kind: "ExecCredential",
    apiVersion: V1,
    spec: { interactive: false, cluster: { server: "https://a", "certificate-authority-data": Buffer.from("CA").toString("base64") } },
  });
  expect(pluginEnvironment({ Path: "C:\\", NODE_OPTIONS: "-r x", GITHUB_TOKEN: "x", https_proxy: "p", LD_PRELOAD: "x" }, {})).toEqual({
    Path: "C:\\",
    https_proxy: "p",
  });
});

test("that hangs is ended at its limit, with all that it started", async () => {
  const pids = ["one", "two"].map((name) => join(folder, name));
  const command = script("hang", `echo $$ > ${pids[0]}`, `sleep 1000 & echo $! > ${pids[1]}`, "wait");
  expect(await refusal({ command }, { limits: { timeMs: 500, bytes: 10 } })).toContain('hang" did not end within 0.5 s');
  for (const pid of pids) expect(await gone(pid)).toBe(true);
});

test("that ends leaves nothing behind that runs on, or that is waited for", async () => {
  const pid = join(folder, "pid");
  const command = script("leave", `sleep 1000 & echo $! > ${pid}`, answering({ token: TOKEN }));
  await asked({ command }, { limits: { timeMs: 20_000, bytes: 1_000 } });
  expect(await gone(pid)).toBe(true);
});

test("that left its group and holds its output open is waited for until its limit", async () => {
  const pid = join(folder, "pid");
  const command = script("leave", `setsid sh -c 'echo $$ > ${pid}; exec sleep 1000' &`, `while [ ! -s ${pid} ]; do sleep 0.1; done`);
  expect(await refusal({ command }, { limits: { timeMs: 1_500, bytes: 10 } })).toContain("did not end within 1.5 s");
  process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
});

test.each([1, 2])("that writes 100 MB to %i is ended at the first megabyte", async (stream) => {
  const command = script("flood", `head -c 100000000 /dev/zero >&${stream}`, answering({ token: TOKEN }));
  const before = process.memoryUsage().rss;
  expect(await refusal({ command })).toContain('flood" wrote more than 1048576 bytes');
  expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024);
});

test.each([
  ["is no JSON", `echo '{"token": "${TOKEN}"'`, "answered with something that is no ExecCredential"],
  ["is another kind", `echo '{"kind":"Secret","status":{"token":"${TOKEN}"}}'`, "answered with something that is no ExecCredential"],
  ["is of another version", answering({ token: TOKEN }, "client.authentication.k8s.io/v1alpha1"), "answered in another apiVersion"],
  ["is empty", answering({}), "gave neither a token nor a certificate"],
  ["is a certificate without its key", answering({ clientCertificateData: TOKEN }), "gave half of a certificate and its key"],
  ["is a failure", `echo '${TOKEN}'; echo log in first >&2; exit 7`, "ended with 7: log in first"],
])("whose answer %s is refused without a word of it", async (_, line, sentence) => {
  const said = await refusal({ command: script("plugin", line) });
  expect(said).toContain(`plugin" ${sentence}`);
  expect(said).not.toContain(TOKEN);
});

test("that complains at length is quoted in one line, and of a long complaint both ends, where the error can stand", async () => {
  const complaint = (text: string) => refusal({ command: script("plugin", `printf '${text}' >&2; exit 2`) });
  expect(await complaint("usage: \\r\\n  plugin get-token\\n\\n\\nerror: no profile\\n")).toMatch(
    /ended with 2: usage:; plugin get-token; error: no profile\s*$/,
  );
  const long = await complaint(`${"options and more ".repeat(60)}\\nerror: no profile\\n`);
  expect(long).toMatch(/ended with 2: options and more .* \.\.\. .*; error: no profile\s*$/);
  expect(long.length).toBeLessThan(600);
});

test("that must ask a person is not started, and one that is not there is named with its hint", async () => {
  const canary = join(folder, "canary");
  expect(await refusal({ command: script("ask", `touch ${canary}`), interactiveMode: "Always" })).toContain("wants to ask a person");
  expect(existsSync(canary)).toBe(false);
  expect(await refusal({ command: "no-such-plugin", installHint: "Install it." })).toBe(
    'credential plugin "no-such-plugin" is not there. Install it. ',
  );
});

test("is one of the PATH, or beside its kubeconfig, and never one of the folder that we are in", async () => {
  script("beside", answering({ token: "beside" }));
  expect((await asked({ command: "./beside" })).headers).toEqual({ Authorization: "Bearer beside" });
  const here = process.cwd();
  process.chdir(folder);
  try {
    expect(findProgram("beside", { PATH: `.::relative` })).toBeUndefined();
    expect(findProgram("beside", { PATH: `.:${folder}` })).toBe(join(folder, "beside"));
  } finally {
    process.chdir(here);
  }
});

const config = (user: object) => {
  const file = join(folder, "config");
  writeFileSync(
    file,
    JSON.stringify({
      clusters: [{ name: "a", cluster: { server: "https://127.0.0.1:9" } }],
      users: [{ name: "a", user }],
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      "current-context": "a",
    }),
  );
  return file;
};

const load = (policy: string | undefined, user: object) => () =>
  loadCluster({ kubeconfig: config(user), ...(policy === undefined ? {} : { plugins: pluginPolicy(policy) }) });

test("is started by no kubeconfig whose policy does not name it as it is written", () => {
  const exec = { apiVersion: V1, command: "./touch" };
  for (const policy of [undefined, "deny", "touch", "aws, /bin/touch", ""])
    expect(load(policy, { exec })).toThrow('context "a" would start "./touch" for its credentials; allow it with --exec-plugins=./touch');
  for (const policy of ["allow", "./touch", "aws, ./touch"]) expect(load(policy, { exec })).not.toThrow();
  expect(load("allow", { exec: { command: ["sh"] } })).toThrow("user.a.exec.command");
});

test("is the one that was judged, whatever else a kubeconfig writes", async () => {
  const canary = join(folder, "canary");
  const evil = script("evil", `touch ${canary}`, answering({ token: "evil" }));
  const plugin = { apiVersion: V1, command: "good", path: evil, args: [], env: [] };
  for (const user of [{ exec: { ...plugin } }, { "auth-provider": { name: "credential-plugin", plugin, path: evil, config: {} } }]) {
    const cluster = load("good", user)();
    await cluster
      .kubeConfig()
      .applyToHTTPSOptions({})
      .catch(() => {});
    expect(existsSync(canary)).toBe(false);
  }
});

test.each([
  ["gcp", { "cmd-path": "touch" }],
  ["azure", { "cmd-path": "touch" }],
  ["exec", { exec: { command: "touch" } }],
])("is not what the auth-provider %s starts, by a shell, and which kubectl knows no more", (name, of) => {
  expect(load("allow", { "auth-provider": { name, config: of } })).toThrow(`would start a program by the auth-provider "${name}"`);
});

test("that a kubeconfig names only when it is read again is not started either", async () => {
  const canary = join(folder, "canary");
  const cluster = load("deny", { token: TOKEN })();
  config({ exec: { apiVersion: V1, command: script("evil", `touch ${canary}`) } });
  cluster.reload();
  const options: RequestOptions = {};
  await cluster.kubeConfig().applyToHTTPSOptions(options);
  expect([options.headers, existsSync(canary)]).toEqual([{ Authorization: `Bearer ${TOKEN}` }, false]);
});
