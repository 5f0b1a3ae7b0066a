/** Calls that the operator's account must not make: what somebody who stole its token would try. Makes none. */

export interface Call {
  readonly what: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  /** POST and PUT send JSON, PATCH a merge patch. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const NAMESPACE = "/api/v1/namespaces/flux-migration";
const FLUXD = "/apis/apps/v1/namespaces/flux/deployments/flux";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const OURS = "/apis/flux-migration.dev/v1alpha1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/flux-migration/leases";
const KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/default/kustomizations";

const get = (what: string, path: string): Call => ({ what, method: "GET", path });
const remove = (what: string, path: string): Call => ({ what, method: "DELETE", path });
const patch = (what: string, path: string, body: object): Call => ({ what, method: "PATCH", path, body });
const create = (what: string, path: string, body: object): Call => ({ what, method: "POST", path, body });

const metadata = { name: "stolen" };
const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: {} };
const toAdministrator = { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" }, subjects: [] };
const all = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "shell", image: "busybox" }] } };

export const FORBIDDEN: readonly Call[] = [
  get("read a Secret", `${NAMESPACE}/secrets/flux-git-deploy`),
  get("list all Secrets", "/api/v1/secrets"),
  get("read a ConfigMap", "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"),
  get("list pods", "/api/v1/pods"),
  get("read a pod's log", "/api/v1/namespaces/flux/pods/flux/log"),
  create("create a pod", "/api/v1/namespaces/default/pods", pod),
  create("run a command in a pod", "/api/v1/namespaces/flux/pods/flux/exec?command=id&stdout=true", {}),
  get("list nodes", "/api/v1/nodes"),
  get("reach a node's kubelet", "/api/v1/nodes/node/proxy/pods"),
  get("read one Deployment", FLUXD),
  patch("change a Deployment", FLUXD, { spec: { paused: true } }),
  patch("scale a Deployment", `${FLUXD}/scale`, { spec: { replicas: 0 } }),
  remove("delete a Deployment", FLUXD),
  remove("delete all StatefulSets of a namespace", "/apis/apps/v1/namespaces/flux/statefulsets"),
  get("read one CRD", `${CRDS}/migrationstatuses.flux-migration.dev`),
  patch("change a CRD", `${CRDS}/migrationstatuses.flux-migration.dev`, { metadata: { labels: { a: "b" } } }),
  remove("delete a CRD", `${CRDS}/kustomizations.kustomize.toolkit.fluxcd.io`),
  patch("write a CRD's status", `${CRDS}/migrationstatuses.flux-migration.dev/status`, { status: { storedVersions: [] } }),
  get("read a namespace that is not kube-system", "/api/v1/namespaces/default"),
  patch("change a namespace", NAMESPACE, { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } }),
  remove("delete a namespace", "/api/v1/namespaces/flux"),
  get("watch an object of the toolkit", `${KUSTOMIZATIONS}?watch=true&timeoutSeconds=1`),
  get("read an object of the toolkit", `${KUSTOMIZATIONS}/apps`),
  patch("suspend an object of the toolkit", `${KUSTOMIZATIONS}/apps`, { spec: { suspend: true } }),
  remove("delete an object of the Helm Operator", "/apis/helm.fluxcd.io/v1/namespaces/default/helmreleases/app"),
  patch("change the spec of the MigrationStatus", `${OURS}/migrationstatuses/cluster`, { spec: { suspend: true } }),
  remove("delete the MigrationStatus", `${OURS}/migrationstatuses/cluster`),
  create("create a MigrationTimetable", `${OURS}/migrationtimetables`, {
    apiVersion: "flux-migration.dev/v1alpha1",
    kind: "MigrationTimetable",
    metadata,
    spec: { edition: "2021-06-28" },
  }),
  patch("change a MigrationTimetable", `${OURS}/migrationtimetables/dates`, { spec: { edition: "2021-06-30" } }),
  get("list Events", "/api/v1/namespaces/default/events"),
  remove("delete all Events of a namespace", "/api/v1/namespaces/default/events"),
  get("read another Lease of its namespace", `${LEASES}/other`),
  get("list all Leases of its namespace", LEASES),
  { what: "take another Lease of its namespace", method: "PUT", path: `${LEASES}/stolen`, body: lease },
  remove("delete its own Lease", `${LEASES}/flux-migration-operator`),
  create("create a Lease in another namespace", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", lease),
  { ...get("be somebody else", "/api/v1/namespaces/kube-system"), headers: { "impersonate-user": "admin" } },
  create("make a token for itself", `${NAMESPACE}/serviceaccounts/flux-migration-operator/token`, { spec: {} }),
  create("make an account", `${NAMESPACE}/serviceaccounts`, { apiVersion: "v1", kind: "ServiceAccount", metadata }),
  patch("widen its own role (escalate)", `${RBAC}/clusterroles/flux-migration-operator`, { rules: all }),
  create("bind itself to cluster-admin (bind)", `${RBAC}/clusterrolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata,
    ...toAdministrator,
  }),
  create("register a webhook", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata,
  }),
  get("read the API server's metrics", "/metrics"),
];
