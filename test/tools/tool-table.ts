/**
 * The programs that tests run beside a control plane: which version of each is new enough, and how one is made. Data only.
 */

/** How a program is made where the machine has none. */
export type Recipe =
  /** `go install package@version`: with just the modules that its own go.mod names. */
  | { readonly by: "GoInstall"; readonly package: string; readonly version: string; readonly stamps: Readonly<Record<string, string>> }
  /** Built in the module of the tool's folder here, with exactly its go.sum: also for a program whose own module `go install` refuses. */
  | { readonly by: "GoModule"; readonly version: string; readonly stamps: Readonly<Record<string, string>> }
  /** Built in a copy of a module: of its own files those named, and of ours the main package that stands in the tool's folder here. */
  | { readonly by: "GoParts"; readonly module: string; readonly version: string; readonly parts: readonly string[] }
  /** Packages of Debian unpacked side by side, for a program that needs files of its own at run time. */
  | { readonly by: "DebianTree"; readonly packages: readonly string[]; readonly program: string }
  /** Unpacked from a package of Debian or one of its descendants, without installing it. */
  | { readonly by: "DebianPackage"; readonly package: string };

export interface Tool {
  /** Versions that the tests are written for; of any other, one is made. */
  readonly range: string;
  /** What makes the program print its version. */
  readonly versionArguments: readonly string[];
  readonly recipe: Recipe;
}

export const TOOL_NAMES = [
  "helm",
  "kubectl",
  "promtool",
  "prometheus",
  "kube-state-metrics",
  "actionlint",
  "krew",
  "validate-krew-manifest",
  "flux",
  "script",
  "zsh",
  "fish",
] as const;

export type ToolName = (typeof TOOL_NAMES)[number];

const PROMETHEUS = {
  range: ">=2.42.0",
  versionArguments: ["--version"],
  recipe: { by: "DebianPackage", package: "prometheus" },
} as const satisfies Tool;

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  helm: {
    range: ">=3.17.0 <5.0.0",
    versionArguments: ["version", "--short"],
    recipe: {
      by: "GoInstall",
      package: "helm.sh/helm/v3/cmd/helm",
      version: "v3.22.0",
      // As in helm's own Makefile: without them `helm template` and `helm lint` assume Kubernetes 1.20. 3.22 is built on 1.37.
      stamps: {
        "helm.sh/helm/v3/internal/version.version": "v3.22.0",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "37",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
        "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": "37",
      },
    },
  },
  kubectl: {
    range: ">=1.32.0",
    versionArguments: ["version", "--client"],
    recipe: {
      by: "GoModule",
      version: "v1.36.3",
      stamps: {
        "k8s.io/component-base/version.gitVersion": "v1.36.3",
        "k8s.io/component-base/version.gitMajor": "1",
        "k8s.io/component-base/version.gitMinor": "36",
      },
    },
  },
  promtool: PROMETHEUS,
  prometheus: PROMETHEUS,
  "kube-state-metrics": {
    range: ">=2.13.0",
    versionArguments: ["version"],
    recipe: {
      by: "GoModule",
      version: "v2.18.0",
      stamps: { "github.com/prometheus/common/version.Version": "v2.18.0" },
    },
  },
  actionlint: {
    range: ">=1.7.0 <2.0.0",
    versionArguments: ["-version"],
    recipe: { by: "GoInstall", package: "github.com/rhysd/actionlint/cmd/actionlint", version: "v1.7.12", stamps: {} },
  },
  krew: {
    range: ">=0.4.3 <0.5.0",
    versionArguments: ["version"],
    recipe: { by: "GoInstall", package: "sigs.k8s.io/krew/cmd/krew", version: "v0.4.3", stamps: {} },
  },
  // What krew's index checks a manifest with. It knows no version of its own.
  "validate-krew-manifest": {
    range: ">=0.4.3 <0.5.0",
    versionArguments: ["-version"],
    recipe: { by: "GoInstall", package: "sigs.k8s.io/krew/cmd/validate-krew-manifest", version: "v0.4.3", stamps: {} },
  },
  // All that flux does with plugins. The whole program takes ten minutes to build, and embeds manifests that its module does not hold.
  flux: {
    range: ">=2.9.0 <3.0.0",
    versionArguments: ["--version"],
    recipe: {
      by: "GoParts",
      module: "github.com/fluxcd/flux2/v2",
      version: "v2.9.5",
      parts: ["plugin", "plugin_install", "plugin_list", "plugin_search", "plugin_uninstall", "plugin_update", "log"].map(
        (name) => `cmd/flux/${name}.go`,
      ),
    },
  },
  script: { range: ">=2.30.0", versionArguments: ["--version"], recipe: { by: "DebianPackage", package: "bsdutils" } },
  zsh: {
    range: ">=5.8.0",
    versionArguments: ["--version"],
    recipe: { by: "DebianTree", packages: ["zsh", "zsh-common"], program: "bin/zsh" },
  },
  fish: {
    range: ">=3.6.0 <5.0.0",
    versionArguments: ["--version"],
    recipe: { by: "DebianTree", packages: ["fish", "fish-common", "libpcre2-32-0"], program: "usr/bin/fish" },
  },
};
