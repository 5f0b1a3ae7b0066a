/** What the kustomize overlays and components add to the base, and a site's own kustomization on top of them. install.test.ts applies them. */
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { dump } from "js-yaml";
import * as z from "zod";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { crdManifest } from "../integration/operator/manifests.ts";
import { OperatorFixture } from "../integration/operator/operator-fixture.ts";
import { describeWithTools } from "../tools/suite.ts";
import { called, Deployment, type Installed, objectsOf } from "./forms.ts";
import { kubectlOf, linesOf } from "./kubectl.ts";

const MIRROR = { newName: "registry.local/flux/flux-migration-operator", digest: `sha256:${"0".repeat(64)}` };

const Port = z.object({ port: z.union([z.int(), z.string()]), protocol: z.string() });
const NetworkPolicy = z.looseObject({
  spec: z.strictObject({
    podSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    policyTypes: z.array(z.string()),
    ingress: z.array(z.strictObject({ ports: z.array(Port) })),
    egress: z.array(z.strictObject({ ports: z.array(Port) })),
  }),
});

await describeWithTools(["kubectl"], "kustomize", (tools) => {
  const build = async (folder: string) => objectsOf(await kubectlOf(tools.kubectl)("kustomize", folder));
  const find = (objects: readonly Installed[], kind: string) => objects.find((object) => object.kind === kind);
  let base: Installed[] = [];

  beforeAll(async () => {
    base = await build("deploy/base");
  });

  test.each([
    {
      overlay: "ha",
      adds: ["PodDisruptionBudget flux-migration-operator", "Role flux-migration-operator", "RoleBinding flux-migration-operator"],
      changes: ["Deployment flux-migration-operator"],
    },
    { overlay: "restricted", adds: ["NetworkPolicy flux-migration-operator"], changes: [] },
  ])("overlays/$overlay adds $adds to the base and changes $changes", async ({ overlay, adds, changes }) => {
    const objects = await build(`deploy/overlays/${overlay}`);
    const before = new Map(base.map((object) => [called(object), object]));
    expect(
      objects
        .map(called)
        .filter((name) => !before.has(name))
        .toSorted(),
    ).toEqual(adds);
    expect([...before.keys()].filter((name) => !objects.some((object) => called(object) === name))).toEqual([]);
    const changed = objects.filter((object) => before.has(called(object)) && !isDeepStrictEqual(before.get(called(object)), object));
    expect(changed.map(called)).toEqual(changes);
  });

  test("the network policy lets in what is scraped and probed, and out to DNS and the API server", async () => {
    const objects = await build("deploy/overlays/restricted");
    const { spec } = NetworkPolicy.parse(find(objects, "NetworkPolicy"));
    const { template } = Deployment.parse(find(objects, "Deployment")).spec;
    expect(template).toMatchObject({ metadata: { labels: spec.podSelector.matchLabels } });
    expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
    const opened = (rules: readonly { ports: readonly z.infer<typeof Port>[] }[]) =>
      rules.flatMap(({ ports }) => ports.map(({ port, protocol }) => `${port}/${protocol}`));
    expect(opened(spec.ingress)).toEqual(template.spec.containers[0].ports.map(({ name }) => `${name}/TCP`));
    expect(opened(spec.egress)).toEqual(["53/UDP", "53/TCP", "443/TCP", "6443/TCP"]);
  });

  test("the ServiceMonitor finds the Service, and the Service the pods", async () => {
    const { template } = Deployment.parse(find(base, "Deployment")).spec;
    const service = z
      .looseObject({
        spec: z.looseObject({ selector: z.looseObject({}), ports: z.tuple([z.looseObject({ name: z.string(), targetPort: z.string() })]) }),
      })
      .parse(find(base, "Service"));
    expect(template).toMatchObject({ metadata: { labels: service.spec.selector } });
    expect(template.spec.containers[0].ports.map(({ name }) => name)).toContain(service.spec.ports[0].targetPort);
    const [monitor] = objectsOf(await readFile("deploy/components/monitoring/service-monitor.yaml", "utf8"));
    const { selector, endpoints } = z
      .object({ selector: z.object({ matchLabels: z.looseObject({}) }), endpoints: z.tuple([z.looseObject({ port: z.string() })]) })
      .parse(monitor?.spec);
    expect(service).toMatchObject({ metadata: { labels: selector.matchLabels } });
    expect(endpoints[0].port).toBe(service.spec.ports[0].name);
  });

  describeOnControlPlane("a site's own kustomization: another namespace, a mirror, legacy CRDs, every component", (get) => {
    const fixture = new OperatorFixture(get);
    const kubectl = kubectlOf(tools.kubectl, get);
    let folder = "";

    beforeAll(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), "kustomization-")));
      await cp("deploy/install-legacy.yaml", join(folder, "install-legacy.yaml"));
      const kustomization = {
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        namespace: "platform",
        resources: ["install-legacy.yaml"],
        components: ["ha", "monitoring", "network-policy"].map((name) => relative(folder, join("deploy/components", name))),
        images: [{ name: "ghcr.io/flux-migration/flux-migration-operator", ...MIRROR }],
      };
      await writeFile(join(folder, "kustomization.yaml"), dump(kustomization));
      await fixture.apply(
        crdManifest("servicemonitors.monitoring.coreos.com", "ServiceMonitor"),
        crdManifest("prometheusrules.monitoring.coreos.com", "PrometheusRule"),
      );
    });

    afterAll(async () => {
      await rm(folder, { recursive: true });
    });

    test("is applied under strict validation, all of it into that namespace", async () => {
      const applied = linesOf(await kubectl("apply", "-k", folder, "--validate=strict"));
      expect(applied.filter((line) => !line.endsWith(" created"))).toEqual([]);
      const objects = await build(folder);
      expect(applied).toHaveLength(objects.length);
      expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set([undefined, "platform"]));
      expect(find(objects, "Namespace")?.metadata).toMatchObject({
        name: "platform",
        labels: { "pod-security.kubernetes.io/enforce": "restricted" },
      });
      for (const kind of ["ClusterRoleBinding", "RoleBinding"]) {
        expect(find(objects, kind)?.subjects).toEqual([{ kind: "ServiceAccount", name: "flux-migration-operator", namespace: "platform" }]);
      }
      expect(Deployment.parse(find(objects, "Deployment")).spec.template.spec.containers[0].image).toBe(
        `${MIRROR.newName}@${MIRROR.digest}`,
      );
    });
  });
});
