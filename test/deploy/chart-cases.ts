/** Values and versions of Kubernetes that the chart is rendered with. Says nothing of what comes out. */
import type { Rendering } from "./chart.ts";

interface Case {
  readonly title: string;
  readonly rendering: Rendering;
}

const MIGRATION_STATUS = "flux-migration.dev/v1alpha1/MigrationStatus";

/** Each feature at once. */
export const EVERYTHING = {
  apiVersions: [MIGRATION_STATUS],
  values: {
    replicas: 3,
    image: { digest: `sha256:${"0".repeat(64)}` },
    imagePullSecrets: [{ name: "pull" }],
    settings: { clusterName: "prod-eu-1", edition: "2021-06-28", ownerLabel: "team", leaseDuration: 30, logFormat: "json" },
    extraArgs: ["--log-level=debug"],
    extraEnv: [{ name: "TZ", value: "Europe/Berlin" }],
    data: { files: { "flux-releases.json": "{}", "timetable/after.yaml": "events: []" } },
    migrationStatus: { create: true, spec: { ignore: [{ namespace: "legacy", reason: "known", until: "2030-01-01" }] } },
    serviceAccount: { annotations: { note: "ours" } },
    metrics: {
      port: 9090,
      service: { annotations: { note: "ours" }, labels: { scrape: "yes" } },
      serviceMonitor: {
        enabled: true,
        interval: "1m30s",
        scrapeTimeout: "10s",
        labels: { release: "prometheus" },
        relabelings: [{ targetLabel: "cluster", replacement: "prod-eu-1" }],
        metricRelabelings: [{ action: "labeldrop", regex: "pod" }],
      },
    },
    prometheusRule: { enabled: true, labels: { release: "prometheus" } },
    dashboards: { enabled: true, annotations: { grafana_folder: "Flux" } },
    networkPolicy: {
      enabled: true,
      apiServer: { cidrs: ["10.0.0.1/32", "fd00::1/128"], ports: [6443] },
      metricsFrom: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
    },
    podDisruptionBudget: { enabled: true, maxUnavailable: "50%" },
    resources: { limits: { memory: "256Mi" } },
    tolerations: [{ key: "system", operator: "Exists", effect: "NoSchedule" }],
    affinity: { nodeAffinity: {} },
    priorityClassName: "system-cluster-critical",
    podAnnotations: { note: "ours" },
    podLabels: { team: "platform" },
    commonLabels: { owner: "platform" },
  },
} as const satisfies Rendering;

const everythingOn = (kubeVersion: string): Case => ({ title: `everything, ${kubeVersion}`, rendering: { ...EVERYTHING, kubeVersion } });
const defaultsOn = (kubeVersion: string): Case => ({ title: `the defaults, ${kubeVersion}`, rendering: { kubeVersion } });
const withValues = (title: string, values: object): Case => ({ title, rendering: { values } });

export const CASES: readonly Case[] = [
  ...["1.20.0", "1.24.17", "1.25.0", "1.36.3"].flatMap((version) => [defaultsOn(version), everythingOn(version)]),
  withValues("no replica", { replicas: 0 }),
  withValues("two replicas", { replicas: 2 }),
  { title: "two replicas of another name", rendering: { release: "prod", values: { replicas: 2 } } },
  withValues("no CRDs", { crds: { enabled: false } }),
  withValues("CRDs that go with the release", { crds: { keep: false } }),
  withValues("no roles", { rbac: { create: false, aggregate: false } }),
  withValues("no roles for people", { rbac: { aggregate: false } }),
  withValues("somebody else's account", { serviceAccount: { create: false, name: "theirs" }, replicas: 2 }),
  withValues("an account with a name", { serviceAccount: { name: "mine" } }),
  withValues("no metrics", { metrics: { enabled: false }, networkPolicy: { enabled: true } }),
  withValues("a registry of a parent chart", { global: { imageRegistry: "registry.local:5000" } }),
  withValues("a tag with capitals", { image: { tag: "PR_12-rc.1" } }),
  withValues("a NetworkPolicy of its defaults", { networkPolicy: { enabled: true } }),
  withValues("a PodDisruptionBudget of its defaults", { podDisruptionBudget: { enabled: true } }),
  withValues("dashboards and alerts", { dashboards: { enabled: true }, prometheusRule: { enabled: true } }),
  withValues("a ConfigMap with data", { data: { existingConfigMap: "mine" } }),
  withValues("defaults taken away", { nodeSelector: null, dashboards: { enabled: true, labels: { grafana_dashboard: null } } }),
  { title: "the longest release", rendering: { ...EVERYTHING, release: "r".repeat(53) } },
];
