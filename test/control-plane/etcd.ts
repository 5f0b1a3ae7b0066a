/**
 * etcd for one control plane: its flags, its health, its compaction, through the JSON gateway that it serves beside gRPC.
 * Source: etcd, Documentation/dev-guide/api_grpc_gateway.
 */
import { type Agent, request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod";

export interface EtcdPorts {
  readonly client: number;
  readonly peer: number;
}

/** @param folder for its data; made by etcd */
export function etcdFlags(ports: EtcdPorts, folder: string): string[] {
  const client = etcdEndpoint(ports);
  const peer = `http://127.0.0.1:${ports.peer}`;
  return [
    "--name=control-plane",
    `--data-dir=${folder}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=control-plane=${peer}`,
    // The data does not outlive the process, so nothing is lost by not waiting for the disk; each write is many times faster.
    "--unsafe-no-fsync",
    "--logger=zap",
    "--log-level=warn",
  ];
}

export function etcdEndpoint(ports: EtcdPorts): string {
  return `http://127.0.0.1:${ports.client}`;
}

/** Does it answer, and has it a leader? False also where nobody listens yet. */
export async function etcdHealthy(endpoint: string): Promise<boolean> {
  const answer = await exchange("GET", `${endpoint}/health`).catch(() => undefined);
  return answer?.status === 200;
}

/** Numbers of 64 bits are strings in the gateway's JSON. */
const Header = z.object({ header: z.object({ revision: z.string().regex(/^\d+$/) }) });

/** Forgets every revision before the present one. An API server that is asked for one of those answers 410, where its own cache of
 *  recent events does not know it either.
 *  @returns the revision compacted at, in digits */
export async function compactEtcd(endpoint: string): Promise<string> {
  // Any read carries the present revision; the key is one that is never there.
  const { revision } = Header.parse(await call(endpoint, "kv/range", { key: Buffer.from("\0").toString("base64"), limit: "1" })).header;
  try {
    // Physical: the answer comes only when the revisions are gone, so that a test need not wait.
    await call(endpoint, "kv/compaction", { revision, physical: true });
  } catch (error) {
    // Nothing was written since the last time.
    if (!/required revision has been compacted/.test(String(error))) throw error;
  }
  return revision;
}

const Values = z.object({ kvs: z.array(z.object({ key: z.base64(), value: z.base64() })).default([]) });

/** Keys and values as the API server has stored them. Source: apiserver, pkg/storage/etcd3 */
export type Stored = ReadonlyMap<string, Buffer>;

/** @param prefix `/registry/deployments/` */
export async function readEtcd(endpoint: string, prefix: string): Promise<Stored> {
  const { kvs } = Values.parse(await call(endpoint, "kv/range", { key: base64(prefix), range_end: base64(afterAll(prefix)) }));
  return new Map(kvs.map(({ key, value }) => [Buffer.from(key, "base64").toString(), Buffer.from(value, "base64")]));
}

/**
 * Writes all at once, as one revision. etcd takes 128 in a transaction, and 1.5 MB in a request.
 * @param agent whose connections are kept: for many calls
 */
export async function writeEtcd(endpoint: string, stored: Stored, agent: Agent): Promise<void> {
  const puts = Array.from(stored, ([key, value]) => ({ requestPut: { key: base64(key), value: value.toString("base64") } }));
  await call(endpoint, "kv/txn", { success: puts }, agent);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The first key behind all that open with the prefix: which ends in a slash, before a zero. */
function afterAll(prefix: string): string {
  return prefix.replace(/\/$/, "0");
}

async function call(endpoint: string, method: string, body: unknown, agent?: Agent): Promise<unknown> {
  const answer = await exchange("POST", `${endpoint}/v3/${method}`, JSON.stringify(body), agent);
  if (answer.status !== 200) throw new Error(`etcd answered ${answer.status} to ${method}: ${answer.text}`);
  return JSON.parse(answer.text);
}

/** @param agent where not given, a connection for each call: it leaves none behind */
async function exchange(method: string, url: string, body?: string, agent?: Agent): Promise<{ status: number; text: string }> {
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, agent: agent ?? false, timeout: 10_000 }, (incoming) => {
      text(incoming)
        .then((received) => resolve({ status: incoming.statusCode ?? 0, text: received }))
        .catch(reject);
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`${url}: no answer within 10 s`)));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
