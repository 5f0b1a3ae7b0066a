/** What every rendering of the chart must hold, whatever the values: shapes and agreements between objects. Renders nothing. */
import { expect } from "@jest/globals";
import * as z from "zod";
import { flagOf, readSettings, SETTING_NAMES, SETTINGS, type SettingName, type Settings } from "../../src/cli/settings.ts";
import { LEASE_PERMISSIONS, PERMISSIONS, type Permission } from "../../src/operator/permissions.ts";
import type { Manifest } from "../control-plane/manifests.ts";
import { NAMESPACE } from "./chart.ts";
import { PATH_RULES } from "./rights.ts";

const Strings = z.record(z.string(), z.string());
const Selector = z.strictObject({ matchLabels: Strings });

const Container = z.looseObject({
  image: z.string(),
  args: z.array(z.string()),
  env: z.array(z.looseObject({ name: z.string() })).optional(),
  ports: z.array(z.looseObject({ name: z.string(), containerPort: z.int() })).optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).optional(),
});
const PodSpec = z.looseObject({
  containers: z.tuple([Container]),
  volumes: z.array(z.looseObject({ name: z.string() })).optional(),
  topologySpreadConstraints: z.array(z.looseObject({ labelSelector: Selector.optional() })).optional(),
});
export type PodSpec = z.infer<typeof PodSpec>;

const Deployment = z.looseObject({
  spec: z.looseObject({
    replicas: z.int(),
    strategy: z.looseObject({ type: z.string() }),
    selector: Selector,
    template: z.strictObject({ metadata: z.looseObject({ labels: Strings }), spec: PodSpec }),
  }),
});
type Deployment = z.infer<typeof Deployment>;

export function deploymentOf(objects: readonly Manifest[]): Deployment {
  return Deployment.parse(objects.find(({ kind }) => kind === "Deployment"));
}

/** Of the Deployment and of `helm test`. */
export function podSpecs(objects: readonly Manifest[]): PodSpec[] {
  const pod = objects.find(({ kind }) => kind === "Pod");
  return [deploymentOf(objects).spec.template.spec, ...(pod ? [PodSpec.parse(pod.spec)] : [])];
}

/** What the operator makes of the container's arguments. */
export function settingsOf(objects: readonly Manifest[]): Settings {
  return readSettings(flagsOf(podSpecs(objects)[0], "operator"), {});
}

/** Flags by the name of their setting, as the command line reads them: one without a value is true, and one that wants a value has it. */
export function flagsOf(spec: PodSpec | undefined, wanted: string): Partial<Record<SettingName, string>> {
  const [command, ...flags] = spec?.containers[0].args ?? [];
  expect(command).toBe(wanted);
  return Object.fromEntries(
    flags.map((flag) => {
      const [text = "", value] = flag.split(/=(.*)/s);
      const name = SETTING_NAMES.find((known) => flagOf(known) === text);
      expect([flag, name !== undefined && "value" in SETTINGS[name]]).toEqual([flag, value !== undefined]);
      return [name, value ?? "true"];
    }),
  );
}

export function rulesOf(permissions: readonly Permission[]): object[] {
  return permissions.map(({ group, resources, resourceNames, verbs }) => ({
    apiGroups: [group],
    resources: [...resources],
    ...(resourceNames ? { resourceNames: [...resourceNames] } : {}),
    verbs: [...verbs],
  }));
}

/** Kinds by apiVersion, and the Kubernetes minors that serve them: from the API reference of each release. */
const SERVED: readonly { apiVersion: string; kinds: readonly string[]; from?: number; to?: number }[] = [
  { apiVersion: "v1", kinds: ["ConfigMap", "Pod", "Service", "ServiceAccount"] },
  { apiVersion: "apps/v1", kinds: ["Deployment"] },
  { apiVersion: "rbac.authorization.k8s.io/v1", kinds: ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"] },
  { apiVersion: "apiextensions.k8s.io/v1", kinds: ["CustomResourceDefinition"] },
  { apiVersion: "networking.k8s.io/v1", kinds: ["NetworkPolicy"] },
  { apiVersion: "policy/v1beta1", kinds: ["PodDisruptionBudget"], to: 24 },
  { apiVersion: "policy/v1", kinds: ["PodDisruptionBudget"], from: 21 },
  { apiVersion: "monitoring.coreos.com/v1", kinds: ["ServiceMonitor", "PrometheusRule"] },
  { apiVersion: "flux-migration.dev/v1alpha1", kinds: ["MigrationStatus"] },
];

const CLUSTER_WIDE = ["ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "MigrationStatus"];

const LABELS = [
  "app.kubernetes.io/managed-by",
  "app.kubernetes.io/name",
  "app.kubernetes.io/instance",
  "app.kubernetes.io/part-of",
  "app.kubernetes.io/version",
  "helm.sh/chart",
];

/** All of it. @param kubeVersion `1.36.3`, or with what a vendor adds */
export function expectWhole(objects: readonly Manifest[], kubeVersion: string): void {
  expectServed(objects, Number(/^v?1\.([0-9]+)/.exec(kubeVersion)?.[1]));
  expectNamed(objects);
  expectLabelled(objects);
  expectSelected(objects);
  for (const spec of podSpecs(objects)) expectRestricted(spec);
  expectRights(objects);
}

function expectServed(objects: readonly Manifest[], minor: number): void {
  const unknown = objects.filter(
    ({ apiVersion, kind }) =>
      !SERVED.some(
        (row) => row.apiVersion === apiVersion && row.kinds.includes(kind) && (row.from ?? 0) <= minor && minor <= (row.to ?? Infinity),
      ),
  );
  expect(unknown.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([]);
}

function expectNamed(objects: readonly Manifest[]): void {
  const names = objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  for (const { kind, metadata } of objects) {
    const { name, namespace } = metadata;
    expect(name).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
    if (["Service", "Deployment", "Pod"].includes(kind)) expect(name).toMatch(/^[a-z][a-z0-9-]{0,62}$/);
    expect([kind, name, namespace === undefined]).toEqual([kind, name, CLUSTER_WIDE.includes(kind)]);
  }
}

function expectLabelled(objects: readonly Manifest[]): void {
  for (const { kind, metadata } of objects) {
    const labels = Strings.parse(metadata.labels);
    // The pod of `helm test` must not be one that the Service finds.
    const wanted = kind === "Pod" ? LABELS.filter((label) => !/name|instance/.test(label)) : LABELS;
    expect([kind, wanted.filter((label) => !labels[label])]).toEqual([kind, []]);
    if (kind !== "Pod") expect(labels["app.kubernetes.io/name"]).toBe("flux-migration-operator");
    for (const value of Object.values(labels)) expect(value).toMatch(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
  }
}

/** Each selector finds the operator's pods, and not the pod of `helm test`; that of the ServiceMonitor finds the Service. */
function expectSelected(objects: readonly Manifest[]): void {
  const { selector, template } = deploymentOf(objects).spec;
  const labelsOf = (kind: string) => Strings.parse(objects.find((object) => object.kind === kind)?.metadata.labels ?? {});
  const fits = (labels: Record<string, string>, wanted: Record<string, string>) =>
    Object.entries(wanted).every(([label, value]) => labels[label] === value);
  const selectors = objects.flatMap(({ kind, spec }) => {
    const { selector: own, podSelector } = z
      .looseObject({ selector: z.unknown(), podSelector: z.unknown() })
      .partial()
      .parse(spec ?? {});
    const found = kind === "Service" ? { matchLabels: own } : (podSelector ?? own);
    return found && kind !== "ServiceMonitor" ? [Selector.parse(found)] : [];
  });
  const spread = template.spec.topologySpreadConstraints?.flatMap(({ labelSelector }) => labelSelector ?? []) ?? [];
  for (const each of [...selectors, ...spread]) expect(each).toEqual(selector);
  expect(fits(template.metadata.labels, selector.matchLabels)).toBe(true);
  expect(fits(labelsOf("Pod"), selector.matchLabels)).toBe(false);
  if (objects.some(({ kind }) => kind === "ServiceMonitor")) expect(fits(labelsOf("Service"), selector.matchLabels)).toBe(true);
}

function expectRestricted(spec: PodSpec): void {
  expect(spec).toMatchObject({
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  });
  expect(Object.keys(spec).filter((field) => field.startsWith("host"))).toEqual([]);
  expect(spec.containers[0]).toMatchObject({
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    resources: { requests: { cpu: expect.anything(), memory: expect.anything() }, limits: { memory: expect.anything() } },
  });
  expect(JSON.stringify(spec)).not.toMatch(/runAsUser|runAsGroup|fsGroup|privileged/);
  const mounted = (spec.containers[0].volumeMounts ?? []).map(({ name }) => name);
  expect(mounted).toEqual((spec.volumes ?? []).map(({ name }) => name));
}

/** The roles are for the account that the pods run under, hold what permissions.ts lists, and one for a Lease is there with leader election alone. */
function expectRights(objects: readonly Manifest[]): void {
  const rulesIn = (kind: string) =>
    objects.filter((object) => object.kind === kind && !/-(view|edit)$/.test(object.metadata.name)).map(({ rules }) => rules);
  const bindings = objects.filter(({ kind }) => kind.endsWith("Binding"));
  if (bindings.length === 0) {
    expect([...rulesIn("ClusterRole"), ...rulesIn("Role")]).toEqual([]);
    return;
  }
  const { leaderElection, leaseName } = settingsOf(objects);
  expect(leaderElection).toBe(deploymentOf(objects).spec.replicas > 1);
  expect(rulesIn("ClusterRole")).toEqual([[...rulesOf(PERMISSIONS), ...PATH_RULES]]);
  const lease = LEASE_PERMISSIONS.map((rule) => (rule.resourceNames ? { ...rule, resourceNames: [leaseName] } : rule));
  expect(rulesIn("Role")).toEqual(leaderElection ? [rulesOf(lease)] : []);
  expect(bindings).toHaveLength(leaderElection ? 2 : 1);
  const name = podSpecs(objects)[0]?.serviceAccountName;
  for (const { kind, metadata, subjects, roleRef } of bindings) {
    expect(subjects).toEqual([{ kind: "ServiceAccount", name, namespace: NAMESPACE }]);
    const role = kind.replace("Binding", "");
    expect(roleRef).toEqual({ apiGroup: "rbac.authorization.k8s.io", kind: role, name: metadata.name });
    expect(objects.some((object) => object.kind === role && object.metadata.name === metadata.name)).toBe(true);
    if (kind === "RoleBinding") expect(metadata.namespace).toBe(NAMESPACE);
  }
}
