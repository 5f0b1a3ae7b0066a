/**
 * Deployments that are not Flux, as clusters hold them: 5 to 20 KB each with their field managers. The same at each run. Writes nothing.
 */

const TEAMS = ["shop", "billing", "search", "media", "identity"] as const;
const SERVICES = ["payments-api", "catalogue", "mail-worker", "session-cache", "report-builder", "gateway", "thumbnailer"] as const;
const NAMESPACES = 40;

/** Variables of the least and of the next size, up to the most: 5 to 20 KB, as server-side apply and `kubectl apply` leave them. */
const VARIABLES = { least: 6, apart: 37, kinds: 45 } as const;

/** A word that only the names of one Deployment hold, and of the same length for all. */
export function markOf(index: number): string {
  return `r${String(index).padStart(7, "0")}`;
}

export function nameOf(index: number): string {
  return `${pick(SERVICES, index)}-${markOf(index)}`;
}

export const NAMESPACE_NAMES = Array.from({ length: NAMESPACES }, (_, at) => `team-${at}`);

export function namespaceOf(index: number): string {
  return pick(NAMESPACE_NAMES, index);
}

export function deployment(index: number) {
  const name = nameOf(index);
  const team = pick(TEAMS, index);
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": team };
  const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } };
  const probe = { httpGet: { path: "/healthz", port: 8080 }, initialDelaySeconds: 5, periodSeconds: 10 };
  const env = Array.from({ length: VARIABLES.least + ((index * VARIABLES.apart) % VARIABLES.kinds) }, (_, at) => ({
    name: `SETTING_OF_THE_SERVICE_${at}`,
    value: `https://backend-${at}.${team}.svc.cluster.local:8443/v1`,
  }));
  const containers = [
    {
      name: "app",
      image: `registry.example.com/${team}/${pick(SERVICES, index)}:1.${index % 90}.0`,
      ports: [{ name: "http", containerPort: 8080 }],
      env,
      resources,
      livenessProbe: probe,
      readinessProbe: probe,
      volumeMounts: [{ name: "config", mountPath: "/etc/service" }],
    },
    { name: "proxy", image: "docker.io/envoyproxy/envoy:v1.31.2", ports: [{ name: "metrics", containerPort: 9901 }], resources },
  ];
  const template = { metadata: { labels }, spec: { containers, volumes: [{ name: "config", configMap: { name: `${name}-config` } }] } };
  const metadata = { name, namespace: namespaceOf(index), labels, annotations: {} };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { replicas: 1 + (index % 5), selector: { matchLabels: labels }, template },
  };
}

/** What a controller manager writes beside it once all replicas run. */
export function runningStatus({ spec: { replicas } }: ReturnType<typeof deployment>) {
  const since = "2026-01-01T00:00:00Z";
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: "True",
    lastUpdateTime: since,
    lastTransitionTime: since,
    reason,
    message,
  });
  return {
    observedGeneration: 1,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    conditions: [
      condition("Available", "MinimumReplicasAvailable", "Deployment has minimum availability."),
      condition("Progressing", "NewReplicaSetAvailable", "ReplicaSet has successfully progressed."),
    ],
  };
}

function pick<T>(choices: readonly T[], index: number): T {
  const chosen = choices[index % choices.length];
  if (chosen === undefined) throw new Error("nothing to choose from");
  return chosen;
}
