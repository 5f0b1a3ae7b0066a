/** The rights of leader election, which only overlays/ha grants: enough for two replicas, none too many, and each missed where it lacks. */
import { readFile } from "node:fs/promises";
import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { createLeadership, type Leadership } from "../../src/operator/leadership.ts";
import { LEASE_NAME, LEASE_PERMISSIONS } from "../../src/operator/permissions.ts";
import { applyManifests } from "../control-plane/apply.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { type Line, recordingLog } from "../integration/kube/harness.ts";
import { eventually, since } from "../integration/operator/operator-fixture.ts";
import { AccountFixture } from "./operator-account.ts";
import { covers, rightsOf, rightText, rulesOf, untilAllowed } from "./rights.ts";

const NAMESPACE = "flux-migration";
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/${LEASE_NAME}`;
const ROLE = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles/flux-migration-operator`;

/** Short, so that a suite sees renewals. */
const DURATION_MS = 1_500;

describeOnControlPlane("the Lease", (get) => {
  const fixture = new AccountFixture(get);
  const rights = rightsOf(LEASE_PERMISSIONS);
  const running = new Set<() => Promise<void>>();

  const startReplica = async (identity: string): Promise<{ leadership: Leadership; lines: Line[] }> => {
    const client = await fixture.client("operator");
    const { log, lines } = recordingLog();
    const clock = () => new Date();
    const lease = { namespace: NAMESPACE, name: LEASE_NAME, identity, durationMs: DURATION_MS };
    const leadership = createLeadership({ client, log, clock, ...lease, changed: () => undefined });
    running.add(async () => {
      await leadership.stop();
      client.close();
    });
    leadership.start();
    return { leadership, lines };
  };
  const leads = ({ leadership }: { leadership: Leadership }) =>
    eventually(
      () => leadership.leading(),
      (leading) => expect(leading).toBe(true),
    );

  beforeAll(async () => {
    for (const file of ["deploy/install.yaml", "deploy/components/ha/rbac.yaml"]) {
      expect((await applyManifests(get(), await readFile(file, "utf8"))).refused).toEqual([]);
    }
  });

  afterEach(async () => {
    await Promise.all(Array.from(running, (stop) => stop()));
    running.clear();
  });

  test("two replicas live through a change of leaders with these rights, each used and none beside them", async () => {
    const start = new Date();
    const first = await startReplica("first");
    await leads(first);
    const second = await startReplica("second");
    await eventually(
      () => second.leadership.holder(),
      (holder) => expect(holder).toBe("first"),
    );
    await first.leadership.stop();
    await leads(second);
    const requests = (await fixture.requests(since(start))).filter(({ resource }) => resource !== "");
    expect(requests.filter(({ code }) => code === 403 || code === 401)).toEqual([]);
    expect(requests.filter((request) => !rights.some((right) => covers(right, request))).map(({ verb, uri }) => `${verb} ${uri}`)).toEqual(
      [],
    );
    expect(rights.filter((right) => !requests.some((request) => covers(right, request))).map(rightText)).toEqual([]);
  });

  test.each(rights.map((right) => ({ name: rightText(right), right })))(
    "without $name: the log names it, and what to do",
    async ({ right }) => {
      await get().request("DELETE", LEASE);
      await fixture.merge(ROLE, { rules: rulesOf(rights.filter((other) => other !== right)) });
      await untilAllowed(get(), right, false, NAMESPACE);
      const { lines } = await startReplica("first");
      const refused = await eventually(
        () => lines.find(({ level, fields }) => level === "warn" && fields.verb === right.verb),
        (line) => expect(line).toBeDefined(),
      );
      expect(refused?.fields.error).toContain("403");
      expect(refused?.fields.mend).toContain(`grant ${right.verb} on leases.coordination.k8s.io`);
    },
  );

  test("with all of them, nothing is said to be missing", async () => {
    await get().request("DELETE", LEASE);
    await fixture.merge(ROLE, { rules: rulesOf(rights) });
    for (const right of rights) await untilAllowed(get(), right, true, NAMESPACE);
    const replica = await startReplica("first");
    await leads(replica);
    expect(replica.lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  });
});
