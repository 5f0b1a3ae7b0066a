/** Commands of our pages that are not run page by page: run by another test, or with what is published only after a release. */

/** Where the commands of a block are run instead. `proof` stands in that file. */
export const ELSEWHERE: readonly { command: string; by: string; proof: string }[] = [
  { command: "npm ci && npm test", by: ".ci/run", proof: "npm ci\nnpm test" },
  {
    command: "kubectl apply --server-side -k deploy/argocd",
    by: "test/deploy/argocd-health.test.ts",
    proof: 'kubectl("apply", "--server-side", "-k", "deploy/argocd")',
  },
  { command: "npm ci && npm run demo", by: "test/integration/demo.test.ts", proof: "../demo/main.ts" },
  { command: "npm run bench -- --quick", by: "test/integration/bench.test.ts", proof: "../bench/bench.ts" },
  { command: "npm install --global flux-migration-operator", by: "test/build/npm-package.test.ts", proof: 'npm("install", "--global"' },
  { command: "kubectl krew install", by: "test/build/plugins.test.ts", proof: 'kubectl("krew", "install"' },
  { command: 'ln -s "$(command -v kubectl-flux_migration)"', by: "test/build/plugins.test.ts", proof: "kubectl_complete-flux_migration" },
  { command: "FLUXCD_PLUGIN_CATALOG=", by: "test/build/plugins.test.ts", proof: 'flux("plugin", "install", "migration")' },
];

/** What a release publishes, and the same thing in this folder. */
export const INSTEAD: readonly { published: string; here: string }[] = [
  {
    published: "https://github.com/flux-migration/flux-migration-operator/releases/latest/download/install-legacy.yaml",
    here: "deploy/install-legacy.yaml",
  },
  {
    published: "https://github.com/flux-migration/flux-migration-operator/releases/latest/download/install.yaml",
    here: "deploy/install.yaml",
  },
  { published: "https://github.com/flux-migration/flux-migration-operator//deploy/", here: "deploy/" },
  { published: "oci://ghcr.io/flux-migration/charts/flux-migration-operator", here: "deploy/chart" },
];
