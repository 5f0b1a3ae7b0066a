/** Each form of the installation on a real API server, by plain kubectl: applied, applied again, its pod admitted, and deleted. */
import { readFile } from "node:fs/promises";
import { afterAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { flagOf, readSettings, SETTINGS, type SettingName } from "../../src/cli/settings.ts";
import { VERSION } from "../../src/cli/version.ts";
import { describeOnControlPlane } from "../control-plane/suite.ts";
import { eventually } from "../integration/operator/operator-fixture.ts";
import { describeWithTools } from "../tools/suite.ts";
import { fluxd } from "../unit/assess/subject-builder.ts";
import { called, Deployment, FORMS, objectsIn, objectsOf, type PodSpec } from "./forms.ts";
import { kubectlOf, linesOf } from "./kubectl.ts";
import { AccountFixture } from "./operator-account.ts";

const NAMESPACE = "/api/v1/namespaces/flux-migration";
const DEPLOYMENT = "/apis/apps/v1/namespaces/flux-migration/deployments/flux-migration-operator";

const Listed = z.object({
  items: z.array(z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string(), resourceVersion: z.string() }) })),
});

/** Each proves that its field is enforced here: a server that admits everything would admit the whole pod too. */
const MUTANTS = [
  {
    mutant: "that may run as root",
    refusal: "runAsNonRoot != true",
    mutate: (spec: PodSpec) => ({ ...spec, securityContext: { ...spec.securityContext, runAsNonRoot: undefined } }),
  },
  {
    mutant: "without a seccomp profile",
    refusal: "seccompProfile",
    mutate: (spec: PodSpec) => ({ ...spec, securityContext: { ...spec.securityContext, seccompProfile: undefined } }),
  },
  {
    mutant: "that may gain privileges",
    refusal: "allowPrivilegeEscalation != false",
    mutate: (spec: PodSpec) => inContainer(spec, { allowPrivilegeEscalation: undefined }),
  },
  {
    mutant: "that keeps capabilities",
    refusal: "unrestricted capabilities",
    mutate: (spec: PodSpec) => inContainer(spec, { capabilities: undefined }),
  },
  { mutant: "in the node's network", refusal: "host namespaces", mutate: (spec: PodSpec) => ({ ...spec, hostNetwork: true }) },
];

function inContainer(spec: PodSpec, securityContext: object): object {
  const [container] = spec.containers;
  return { ...spec, containers: [{ ...container, securityContext: { ...container.securityContext, ...securityContext } }] };
}

describe("install.yaml", () => {
  test("is in the order to apply it", () => {
    expect(objectsIn("deploy/install.yaml").map(({ kind }) => kind)).toEqual([
      "Namespace",
      "CustomResourceDefinition",
      "CustomResourceDefinition",
      "ServiceAccount",
      "ClusterRole",
      "ClusterRoleBinding",
      "ClusterRole",
      "ClusterRole",
      "Service",
      "Deployment",
    ]);
  });

  test("install-legacy.yaml differs from it by the CRDs, which have no rules that Kubernetes below 1.25 refuses", async () => {
    const withoutCrds = (file: string) => objectsIn(file).filter(({ kind }) => kind !== "CustomResourceDefinition");
    expect(withoutCrds("deploy/install-legacy.yaml")).toEqual(withoutCrds("deploy/install.yaml"));
    expect(objectsIn("deploy/install-legacy.yaml").map(called)).toEqual(objectsIn("deploy/install.yaml").map(called));
    expect(await readFile("deploy/install.yaml", "utf8")).toContain("x-kubernetes-validations");
    expect(await readFile("deploy/install-legacy.yaml", "utf8")).not.toContain("x-kubernetes-validations");
  });
});

/** The API server empties a kind before it lets its CRD go, five seconds a try. */
const CRD_ENDS_MS = 45_000;

await describeWithTools(["kubectl"], "installed by kubectl", (tools) => {
  test("install.yaml and the kustomize base are the same objects", async () => {
    const byName = (text: string) => objectsOf(text).toSorted((a, b) => called(a).localeCompare(called(b)));
    expect(byName(await kubectlOf(tools.kubectl)("kustomize", "deploy/base"))).toEqual(
      byName(await readFile("deploy/install.yaml", "utf8")),
    );
  });

  describeOnControlPlane("on a real API server", (get) => {
    const kubectl = kubectlOf(tools.kubectl, get);
    const fixture = new AccountFixture(get);

    /** There is no controller that would empty and end a namespace: what this one held was deleted by name. */
    const gone = async (flags: readonly string[]) => {
      await get().request("PUT", `${NAMESPACE}/finalize`, {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "flux-migration" },
        spec: {},
      });
      await eventually(
        async () => {
          // Where something came between, it waits ever longer before it tries again, unless the CRD changes.
          await kubectl("annotate", "crd", "--all", "--overwrite", `seen=${Date.now()}`).catch(() => "none is left");
          // Without its CRD, kubectl knows the kind no more, and says so.
          return await kubectl("get", ...flags, "--ignore-not-found", "-o", "name").catch(String);
        },
        (left) => expect(left).toBe(""),
        CRD_ENDS_MS,
      );
    };

    const versions = async (flags: readonly string[]) => {
      const { items } = Listed.parse(JSON.parse(await kubectl("get", ...flags, "-o", "json")));
      return items.map(({ kind, metadata }) => [kind, metadata.name, metadata.resourceVersion]);
    };

    const deployment = async () => Deployment.parse((await get().request("GET", DEPLOYMENT)).body).spec;

    /** Asks for a pod as the Deployment's would be; nothing is stored. */
    const askForPod = async (spec: object) => {
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "probe" }, spec };
      return await get().request("POST", `${NAMESPACE}/pods?dryRun=All`, pod);
    };

    describe.each(FORMS)("$name", ({ flags, replicas }) => {
      afterAll(async () => {
        await kubectl("delete", ...flags, "--ignore-not-found", "--wait=false");
        await gone(flags);
      });

      test("is applied under strict validation, and unchanged when it is applied again", async () => {
        const first = linesOf(await kubectl("apply", ...flags, "--validate=strict"));
        expect(first.length).toBeGreaterThanOrEqual(10);
        expect(first.filter((line) => !line.endsWith(" created"))).toEqual([]);
        const before = await versions(flags);
        const second = linesOf(await kubectl("apply", ...flags, "--validate=strict"));
        expect(await versions(flags)).toEqual(before);
        // kubectl always sends a budget's selector again, and then says "configured".
        expect(second.filter((line) => !line.endsWith(" unchanged") && !line.startsWith("poddisruptionbudget"))).toEqual([]);
      });

      test("is taken over by server-side apply, which changes nothing when it is repeated", async () => {
        await kubectl("apply", ...flags, "--server-side", "--validate=strict");
        const before = await versions(flags);
        await kubectl("apply", ...flags, "--server-side", "--validate=strict");
        expect(await versions(flags)).toEqual(before);
      });

      test("brings CRDs that are served, with its replicas", async () => {
        await kubectl("wait", "--for=condition=Established", "crd", "-l", "app.kubernetes.io/name=flux-migration-operator");
        expect((await deployment()).replicas).toBe(replicas);
      });

      test("its pod holds to more than Pod Security asks for", async () => {
        const { template } = await deployment();
        expect(template.spec).toMatchObject({
          automountServiceAccountToken: true,
          // Else the kubelet sets FLUX_MIGRATION_OPERATOR_SERVICE_HOST, and the operator refuses unknown settings.
          enableServiceLinks: false,
          nodeSelector: { "kubernetes.io/os": "linux" },
          containers: [
            { image: `ghcr.io/flux-migration/flux-migration-operator:${VERSION}`, securityContext: { readOnlyRootFilesystem: true } },
          ],
        });
        // OpenShift gives each namespace its own users; and nothing of the node is to be had.
        expect(JSON.stringify(template.spec)).not.toMatch(
          /runAsUser|runAsGroup|fsGroup|hostNetwork|hostPID|hostIPC|hostPort|hostPath|"volumes"/,
        );
        const account = await get().request("GET", `${NAMESPACE}/serviceaccounts/flux-migration-operator`);
        expect(account.body).toMatchObject({ automountServiceAccountToken: false });
      });

      test("its arguments are settings, and its ports those that are probed and scraped", async () => {
        const [container] = (await deployment()).template.spec.containers;
        const [command, ...flags] = container.args;
        expect(command).toBe("operator");
        const settings = readSettings(Object.fromEntries(flags.map(settingOf)), {});
        const port = (name: string) => container.ports.find((candidate) => candidate.name === name)?.containerPort;
        expect(settings.healthAddress).toBe(`:${port("health")}`);
        expect(settings.metricsAddress).toBe(`:${port("metrics")}`);
        expect(settings.leaderElection).toBe(replicas > 1);
        expect(container.livenessProbe.httpGet).toMatchObject({ path: "/healthz", port: "health" });
        expect(container.readinessProbe.httpGet).toMatchObject({ path: "/readyz", port: "health" });
      });

      test("its pod is admitted where Pod Security enforces restricted", async () => {
        const answer = await askForPod((await deployment()).template.spec);
        expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
      });

      test.each(MUTANTS)("a pod $mutant is refused", async ({ refusal, mutate }) => {
        const answer = await askForPod(mutate((await deployment()).template.spec));
        expect(answer).toMatchObject({
          status: 403,
          body: { message: expect.stringContaining(`violates PodSecurity "restricted:latest"`) },
        });
        expect(answer).toMatchObject({ body: { message: expect.stringContaining(refusal) } });
      });
    });

    test("base and overlays/ha replace each other", async () => {
      await kubectl("apply", "-k", "deploy/base");
      await kubectl("apply", "-k", "deploy/overlays/ha");
      expect(await deployment()).toMatchObject({
        replicas: 2,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      });
      await kubectl("apply", "-k", "deploy/base");
      expect(await deployment()).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
      expect((await deployment()).strategy.rollingUpdate).toBeUndefined();
      await kubectl("delete", "-k", "deploy/overlays/ha", "--wait=false");
      await gone(["-k", "deploy/overlays/ha"]);
    });

    test("deleted under a running operator, nothing of ours is left or comes back, and nothing else is missing", async () => {
      const flags = ["-f", "deploy/install.yaml"];
      await kubectl("apply", ...flags);
      await fixture.apply(fluxd());
      const { lines, operator } = await fixture.startReady({ user: "operator" });
      await fixture.row("1.25.4 None None Archived None NotStarted MigrateNow True");
      await kubectl("delete", ...flags, "--wait=false");
      await gone(flags);
      expect(lines.length).toBeLessThan(60);
      expect(lines.filter(({ level }) => level === "error")).toEqual([]);
      await operator.stop();
      await gone(flags);
      expect((await get().request("GET", "/apis/apps/v1/namespaces/flux/deployments/flux")).status).toBe(200);
    });
  });
});

function settingOf(argument: string): [string, string] {
  const [flag = "", value = "true"] = argument.split("=");
  const names = Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS);
  const name = names.find((candidate) => flagOf(candidate) === flag);
  if (name === undefined) throw new Error(`${flag} is no setting`);
  return [name, value];
}
