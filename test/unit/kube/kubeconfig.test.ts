/** Finding the cluster: what kubectl would choose, and messages that name the place and never a credential. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ClusterOptions, KubeconfigError, loadCluster } from "../../../src/kube/kubeconfig.ts";

const SECRET = "s3cr3t-canary";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const kubeconfig = (context: string, server: string, current = context, user = `token: ${SECRET}`) => `
apiVersion: v1
kind: Config
clusters: [{ name: ${context}, cluster: { server: "${server}" } }]
users: [{ name: ${context}, user: { ${user} } }]
contexts: [{ name: ${context}, context: { cluster: ${context}, user: ${context} } }]
${current ? `current-context: ${current}` : ""}
`;

async function authorization(cluster: ReturnType<typeof loadCluster>): Promise<unknown> {
  const options: { headers?: Record<string, string> } = {};
  await cluster.kubeConfig().applyToHTTPSOptions(options);
  return options.headers?.Authorization;
}

function failure(options: ClusterOptions): string {
  try {
    loadCluster(options);
  } catch (error) {
    expect(error).toBeInstanceOf(KubeconfigError);
    const whole = error instanceof Error ? `${error.message} ${String(error.cause)} ${error.stack}` : "";
    expect(whole).not.toContain(SECRET);
    return error instanceof Error ? error.message : "";
  }
  throw new Error("it was loaded");
}

describe("a cluster", () => {
  test("comes from the file that is named, before any other", async () => {
    const named = file("named", kubeconfig("one", "https://one:6443"));
    const other = file("other", kubeconfig("two", "https://two:6443"));
    const cluster = loadCluster({ kubeconfig: named, environment: { KUBECONFIG: other } });
    expect([cluster.name, cluster.server.href, cluster.source]).toEqual(["one", "https://one:6443/", named]);
    expect(await authorization(cluster)).toBe(`Bearer ${SECRET}`);
  });

  test("comes from the KUBECONFIG list, where the first that says a thing wins and missing files do not matter", async () => {
    const first = file("first", kubeconfig("one", "https://one:6443"));
    const second = file("second", `${kubeconfig("two", "https://two:6443").replace("name: two, cluster: {", "name: one, cluster: {")}`);
    const third = file("third", kubeconfig("three", "https://three:6443"));
    const environment = { KUBECONFIG: [join(folder, "gone"), first, second, third].join(delimiter) };
    expect(loadCluster({ environment }).server.host).toBe("one:6443");
    expect(loadCluster({ environment, context: "three" }).server.host).toBe("three:6443");
  });

  test("may be behind a path and without TLS, as kubectl proxy is", async () => {
    const cluster = loadCluster({ kubeconfig: file("http", kubeconfig("one", "http://127.0.0.1:8001/k8s/")), environment: {} });
    expect(cluster.server.href).toBe("http://127.0.0.1:8001/k8s");
    await expect(authorization(cluster)).resolves.toBe(`Bearer ${SECRET}`);
  });

  test("reads a tokenFile, relative to its kubeconfig, and reads it again at once when told", async () => {
    const token = file("token", "first\n");
    const cluster = loadCluster({
      kubeconfig: file("rotated", kubeconfig("one", "https://one", "one", "tokenFile: token")),
      environment: {},
    });
    expect(await authorization(cluster)).toBe("Bearer first\n");
    writeFileSync(token, "second");
    expect(await authorization(cluster)).toBe("Bearer first\n"); // KubeConfig's own cache, for 60 s
    cluster.reload();
    expect(await authorization(cluster)).toBe("Bearer second");
  });

  test("keeps what it knows while its kubeconfig is being replaced", async () => {
    const path = file("replaced", kubeconfig("one", "https://one"));
    const cluster = loadCluster({ kubeconfig: path, environment: {} });
    rmSync(path);
    cluster.reload();
    expect(await authorization(cluster)).toBe(`Bearer ${SECRET}`);
    writeFileSync(path, kubeconfig("one", "https://one").replace(SECRET, "renewed"));
    cluster.reload();
    expect(await authorization(cluster)).toBe("Bearer renewed");
  });
});

describe("a kubeconfig", () => {
  test("whose context is unknown lists the known ones", () => {
    const path = file("a", kubeconfig("one", "https://one"));
    expect(failure({ kubeconfig: path, context: "prod" })).toBe(`kubeconfig ${path}: context "prod" is unknown; known: one`);
  });

  test("without a current-context says which could be named", () => {
    const path = file("b", kubeconfig("one", "https://one", ""));
    expect(failure({ kubeconfig: path })).toBe(`kubeconfig ${path}: has no current-context; name one, known: one`);
  });

  test.each([
    ["is empty", " \n", "names no context; want clusters, users and contexts"],
    ["names nothing", "apiVersion: v1\nkind: Config\n", "names no context; want clusters, users and contexts"],
    ["is a word", "hello", "is no kubeconfig; want clusters, users and contexts"],
    ["is no YAML", `users:\n- user: {token: ${SECRET}\n  name: [`, "is no YAML (line 3"],
    ["lacks a server", "clusters: [{name: a, cluster: {}}]", "clusters[0].cluster.server is missing"],
    [
      "lacks the cluster of its context",
      "contexts: [{name: a, context: {cluster: b, user: c}}]\ncurrent-context: a",
      'context "a" names the cluster "b", which is not there',
    ],
    ["has no address", kubeconfig("one", "ftp://one"), 'cluster "one": server is no address; want https://HOST:PORT'],
    [
      "has a password in its address",
      kubeconfig("one", `https://me:${SECRET}@one`),
      'cluster "one": server holds a user name or password; put them under users',
    ],
  ])("that %s is refused with its name", (_, text, sentence) => {
    const path = file("broken", text);
    expect(failure({ kubeconfig: path })).toContain(`kubeconfig ${path}: ${sentence}`);
  });

  test("that is missing is named, and so are the places where none was found", () => {
    expect(failure({ kubeconfig: join(folder, "gone") })).toBe(`kubeconfig ${join(folder, "gone")}: no such file`);
    expect(failure({ environment: { KUBECONFIG: join(folder, "gone") } })).toBe(
      `kubeconfig ${join(folder, "gone")} (from KUBECONFIG): no such file`,
    );
    expect(failure({ environment: { HOME: folder } })).toContain(`${join(folder, ".kube", "config")} does not exist`);
    expect(failure({ kubeconfig: folder })).toBe(`kubeconfig ${folder}: is a folder`);
  });
});
