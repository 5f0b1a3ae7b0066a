/**
 * Hostile workloads, made from the API server's own schema and from a list of texts: read by the rules as they are, and by an operator that finds them at start.
 * @newest-only: made from a schema of OpenAPI v3, which 1.20 does not serve
 */
import { Agent, request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import * as z from "zod";
import { MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { assess } from "../../src/assess/assess.ts";
import { type DetectedComponent, detectWorkload, type WorkloadKind } from "../../src/detect/component.ts";
import { loadCluster } from "../../src/kube/kubeconfig.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { type Mutant, Mutants, OpenApi } from "../hostile/mutants.ts";
import { HOSTILE_TEXTS, STEERING } from "../hostile/texts.ts";
import { seeded } from "../soak/seeded.ts";
import { freePort } from "../tools/free-port.ts";
import { data, subject } from "../unit/assess/subject-builder.ts";
import { deployment } from "../unit/detect/workload-builder.ts";
import { textsIn } from "../unit/hostile/cluster.ts";
import { lines } from "../unit/metrics/exposed.ts";
import { parseExposition } from "../unit/metrics/text-format.ts";
import { manifest } from "./operator/manifests.ts";
import { conditionOf, eventually, OperatorFixture, SINGLETON } from "./operator/operator-fixture.ts";
import { useProgram } from "./program.ts";

const KINDS: readonly { kind: WorkloadKind; plural: string }[] = [
  { kind: "Deployment", plural: "deployments" },
  { kind: "StatefulSet", plural: "statefulsets" },
  { kind: "DaemonSet", plural: "daemonsets" },
];

const FLUXD = "docker.io/fluxcd/flux:1.25.4";
const IMAGE = "spec.template.spec.containers[0].image";

/** Fields that the rules read, themselves or a part of them. Whatever any other one holds, the workload is seen. */
const READ =
  /^(metadata(\.(name|namespace|uid|(labels|annotations)(\.key)?))?|spec(\.replicas|\.template(\.metadata(\.labels(\.key)?)?|\.spec(\.containers(\[0\](\.(name|image|command|args))?)?)?)?)?|status(\.(readyReplicas|desiredNumberScheduled|numberReady))?)$/;

const STATUS_BYTES = 512 * 1024;
const ACCEPTED = 1_000;
const AT_ONCE = 4;

/** What the server takes of a mutant with a name of its own. */
function fluxdOf(kind: WorkloadKind, name: string) {
  const labels = { app: "mutant" };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "mutants" },
    spec: {
      ...(kind === "StatefulSet" ? { serviceName: "mutant" } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "flux", image: FLUXD }] } },
    },
  };
}

describeOnControlPlane("hostile workloads", (get) => {
  const fixture = new OperatorFixture(get);
  const { start } = useProgram();
  let openApi: OpenApi;
  beforeAll(async () => {
    await fixture.installCrds();
    openApi = OpenApi.parse((await get().request("GET", "/openapi/v3/apis/apps/v1")).body);
  });

  describe("read by the rules", () => {
    const components: DetectedComponent[] = [];

    test.each(KINDS)("$kind: each optional field absent, null, of a wrong type or huge hides no fluxd, and throws nothing", ({ kind }) => {
      const mutants = new Mutants(openApi, kind, { characters: 200_000, entries: 300 });
      const slim = fluxdOf(kind, "slim");
      const containers = [{ name: "flux", image: FLUXD }];
      const whole = mutants.whole({
        ...slim,
        spec: { ...slim.spec, template: { metadata: slim.spec.template.metadata, spec: { containers } } },
      });
      const hidden: string[] = [];
      const fields = new Set<string>();
      for (const base of [slim, whole]) {
        for (const mutant of mutants.of(base)) {
          fields.add(mutant.field);
          const read = readMutant(mutant, kind);
          components.push(...read.components);
          if (read.hidden !== undefined) hidden.push(`${mutant.field} ${mutant.mutation}: ${read.hidden}`);
        }
      }
      expect(hidden).toEqual([]);
      expect(fields.size).toBeGreaterThan(700);
    });

    test("10,000 of them leave a status under 512 KB, with a true remainder", () => {
      const base = subject({});
      const many = components
        .slice(0, 10_000)
        .map((component, index) => ({ ...component, namespace: `team-${index % 3_000}`, uid: `${index}` }));
      expect(many).toHaveLength(10_000);
      const { status } = assess({ ...base, look: { ...base.look, components: many } });
      expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(STATUS_BYTES);
      const { components: shown = [], omittedComponents = 0, instances = [], omittedInstances = 0 } = status.inventory ?? {};
      expect([shown.length + omittedComponents, instances.length + omittedInstances]).toEqual([10_000, 3_000]);
      expect(shown.length).toBeGreaterThan(300);
    });
  });

  test("1,000 that the server takes, and hostile images, are there at start: every one is shown, counted or named, in every output", async () => {
    const telling = await createMutants(get, openApi);
    let images = 0;
    for (const [index, { text: hostile }] of HOSTILE_TEXTS.entries()) {
      const object = manifest(deployment("mutants", `hostile-${index}`, { image: `docker.io/fluxcd/flux:${hostile}` }));
      const { status } = await get().request("POST", "/apis/apps/v1/namespaces/mutants/deployments", object);
      if (status === 201) images += 1;
    }
    // The server refuses an image with spaces at its ends, and nothing else.
    expect(images).toBeGreaterThan(HOSTILE_TEXTS.length - 20);

    const address = `127.0.0.1:${await freePort()}`;
    const { child, said, ended } = start(
      ["operator", "--kubeconfig", get().kubeconfig, "--metrics-address", address, "--log-format", "json"],
      // None of these may change what it does: where it listens, whom it trusts, which way it goes.
      {
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
        NODE_USE_ENV_PROXY: "1",
        HTTP_PROXY: "http://127.0.0.1:1",
        HTTPS_PROXY: "http://127.0.0.1:1",
        ALL_PROXY: "http://127.0.0.1:1",
      },
    );
    const status = await eventually(
      () => fixture.status(),
      (found) => expect(found?.inventory?.components?.length).toBeGreaterThan(0),
      60_000,
    );
    const { components = [], omittedComponents = 0, unreadable = [], omittedUnreadable = 0 } = status?.inventory ?? {};
    expect(components.length + omittedComponents + unreadable.length + omittedUnreadable).toBe(telling + images);
    expect(unreadable.every(({ object, reason }) => object?.startsWith("mutants/hostile-") && reason === "InvalidObject")).toBe(true);
    expect(unreadable.length).toBeGreaterThan(30);
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason: "ObjectInvalid" });
    expect(conditionOf(status, "Flux1Present")).toMatchObject({ status: "True", reason: "FluxdPresent" });
    expect(components.filter(({ workload }) => !workload.name.startsWith("hostile-")).every(({ version }) => version === "1.25.4")).toBe(
      true,
    );

    await readEveryOutput(status);
    await eventually(
      () => fixture.events(),
      (events) => expect(events).toEqual([expect.stringMatching(/^Warning Flux1Detected: Found fluxd in mutants\//)]),
    );
    const metrics = parseExposition(await (await fetch(`http://${address}/metrics`)).text());
    expect(lines(metrics, "flux_migration_component_info").length).toBeGreaterThan(250);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    for (const line of said.err.trim().split("\n")) {
      if (line.startsWith("(node:") || line.startsWith("(Use `node")) continue; // node itself warns of NODE_TLS_REJECT_UNAUTHORIZED
      expect([STEERING.test(line), JSON.parse(line)]).toEqual([false, expect.objectContaining({ msg: expect.any(String) })]);
    }
    expect(said.err).not.toContain('"level":50');
  }, 120_000);

  /** As kubectl asks for them: json, yaml, and the table, wide. */
  async function readEveryOutput(status: MigrationStatusStatus | undefined): Promise<void> {
    const client = await fixture.client();
    const object = Stored.parse(await client.json({ path: SINGLETON }));
    expect(object.status).toEqual(status);
    expect(Buffer.byteLength(JSON.stringify(object))).toBeLessThan(STATUS_BYTES);
    expect(textsIn(object.status).filter((found) => STEERING.test(found))).toEqual([]);
    expect(Stored.parse(load(await yamlOf(get().kubeconfig, get().server)))).toEqual(object);
    const table = Table.parse(await client.json({ path: SINGLETON, accept: "application/json;as=Table;v=v1;g=meta.k8s.io" }));
    const cells = table.rows.flatMap((row) => row.cells.map(String));
    expect(cells.length).toBeGreaterThan(10);
    expect(cells.filter((cell) => cell === "" || /\s/.test(cell) || STEERING.test(cell))).toEqual([]);
    client.close();
  }
});

/** @returns how a fluxd was hidden that should have been seen */
function readMutant({ field, object }: Mutant, kind: WorkloadKind): { components: DetectedComponent[]; hidden?: string } {
  const reading = detectWorkload(object, kind, data.catalogue, data.managers);
  if (reading.at === "Read") {
    const { components } = reading;
    return components.length === 1 || field === IMAGE ? { components } : { components, hidden: "not seen" };
  }
  const words = Object.values(reading.problem);
  if (words.some((word) => STEERING.test(word) || word.length > 600))
    return { components: [], hidden: "words that steer, or without an end" };
  return { components: [], ...(READ.test(field) ? {} : { hidden: words.join(", ") }) };
}

const Stored = z.looseObject({ status: MigrationStatusStatus });
const Table = z.object({ rows: z.array(z.looseObject({ cells: z.array(z.unknown()) })) });

/** The server writes the YAML itself; kubectl would make it of the JSON. */
async function yamlOf(kubeconfig: string, server: string): Promise<string> {
  const options: { ca?: Buffer; headers?: Record<string, string> } = {};
  await loadCluster({ kubeconfig }).kubeConfig().applyToHTTPSOptions(options);
  const agent = new Agent({ ca: options.ca });
  return await new Promise((resolve, reject) => {
    httpsRequest(new URL(SINGLETON, server), { agent, headers: { ...options.headers, accept: "application/yaml" } }, (answer) => {
      text(answer).then(resolve, reject);
    })
      .once("error", reject)
      .end();
  });
}

/** @returns how many of the 1,000 still have their image */
async function createMutants(
  get: () => { request: (method: string, path: string, body?: unknown) => Promise<{ status: number }> },
  openApi: OpenApi,
) {
  await get().request("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "mutants" } });
  const all = KINDS.flatMap(({ kind, plural }) => {
    const mutants = new Mutants(openApi, kind, { characters: 5_000, entries: 50 });
    // Fields of the status are not taken from who creates an object, and the name is the test's.
    const wanted = (field: string) => !/^(status\b|metadata(\.(name|generateName|namespace))?$|apiVersion$|kind$)/.test(field);
    return Array.from(mutants.of(fluxdOf(kind, "mutant")), (mutant) => ({ ...mutant, plural })).filter(({ field }) => wanted(field));
  });
  const random = seeded(1);
  const order = all.map((mutant) => ({ mutant, place: random() })).toSorted((a, b) => a.place - b.place);
  let next = 0;
  let accepted = 0;
  let withoutImage = 0;
  const work = async () => {
    while (accepted < ACCEPTED) {
      const chosen: (Mutant & { plural: string }) | undefined = order[next]?.mutant;
      if (chosen === undefined) throw new Error(`the server took only ${accepted} of ${order.length} mutants`);
      next += 1;
      const { status } = await get().request(
        "POST",
        `/apis/apps/v1/namespaces/mutants/${chosen.plural}`,
        named(chosen.object, `mutant-${next}`),
      );
      if (status !== 201) continue;
      accepted += 1;
      if (chosen.field === IMAGE) withoutImage += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return accepted - withoutImage;
}

const Named = z.looseObject({ metadata: z.looseObject({}) });

function named(object: unknown, name: string): unknown {
  const read = Named.parse(object);
  return { ...read, metadata: { ...read.metadata, name } };
}
