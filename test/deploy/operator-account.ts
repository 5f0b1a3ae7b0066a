/** The operator's ServiceAccount with a token of its own, as a pod has it, for suites about its rights. Grants none. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import * as z from "zod";
import { createClient, type KubeClient } from "../../src/kube/client.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { type AdminClient, adminClient } from "../control-plane/admin-client.ts";
import type { ControlPlane, ControlPlaneUser } from "../control-plane/control-plane.ts";
import { OperatorFixture } from "../integration/operator/operator-fixture.ts";

const ACCOUNT = "/api/v1/namespaces/flux-migration/serviceaccounts/flux-migration-operator";

const TokenRequest = z.object({ status: z.object({ token: z.string() }) });
const Kubeconfig = z.looseObject({
  clusters: z.tuple([z.looseObject({ cluster: z.looseObject({ "certificate-authority-data": z.base64() }) })]),
  users: z.tuple([z.looseObject({ name: z.string() })]),
});

/** Its user "operator" is the ServiceAccount, which must be there by then. */
export class AccountFixture extends OperatorFixture {
  #kubeconfig: string | undefined;

  override async client(user?: ControlPlaneUser): Promise<KubeClient> {
    if (user !== "operator") return await super.client(user);
    this.#kubeconfig ??= await writeKubeconfig(this.cp);
    return createClient(loadCluster({ kubeconfig: this.#kubeconfig }), { version: "0.0.0-test" });
  }
}

/** Bare requests with the account's token. The caller closes it. */
export async function accountClient(controlPlane: ControlPlane): Promise<AdminClient> {
  const [cluster] = (await readKubeconfig(controlPlane)).clusters;
  const ca = Buffer.from(cluster.cluster["certificate-authority-data"], "base64").toString();
  return adminClient(controlPlane.server, ca, await requestToken(controlPlane));
}

async function requestToken(controlPlane: ControlPlane): Promise<string> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const answer = await controlPlane.request("POST", `${ACCOUNT}/token`, body);
  if (answer.status !== 201) throw new Error(`no token for the operator's ServiceAccount: ${JSON.stringify(answer.body)}`);
  return TokenRequest.parse(answer.body).status.token;
}

async function readKubeconfig(controlPlane: ControlPlane): Promise<z.infer<typeof Kubeconfig>> {
  return Kubeconfig.parse(load(await readFile(controlPlane.kubeconfig, "utf8")));
}

async function writeKubeconfig(controlPlane: ControlPlane): Promise<string> {
  const kubeconfig = await readKubeconfig(controlPlane);
  const users = [{ name: kubeconfig.users[0].name, user: { token: await requestToken(controlPlane) } }];
  const file = join(controlPlane.folder, "account.kubeconfig");
  await writeFile(file, dump({ ...kubeconfig, users }), { mode: 0o600 });
  return file;
}
