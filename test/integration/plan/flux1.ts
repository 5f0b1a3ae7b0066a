/** A Flux 1 that uses all that can be translated: for plans whose objects a real API server judges. */
import { deployment } from "../../unit/detect/workload-builder.ts";
import { fluxd, helmOperator, helmRelease } from "../../unit/plan/plan-builder.ts";

const AUTOMATED = { "fluxcd.io/automated": "true" };

const FLAGS = [
  "--git-branch=main",
  "--git-path=apps,infra",
  "--git-poll-interval=1m30s",
  "--git-timeout=1h",
  "--sync-interval=2h",
  "--sync-garbage-collection",
  "--git-verify-signatures",
  "--git-signing-key=ABCD",
  "--git-ci-skip-message={{skip}}",
  "--sops",
  "--k8s-default-namespace=apps",
  "--k8s-allow-namespace=apps,shop",
  "--connect=ws://fluxcloud",
  "--automation-interval=7m",
];

/** What a YAML of one kind and a JSON of another may read differently. */
export const VALUES = {
  yes: "yes",
  octal: "012",
  exponent: "1e3",
  date: "2020-01-01",
  tiny: 1e-7,
  text: "a: b\n---\n",
  list: [null, 1, "x"],
  __proto: {},
};

export const RELEASES = [
  helmRelease({
    values: VALUES,
    timeout: 60,
    maxHistory: 3,
    skipCRDs: true,
    disableOpenAPIValidation: true,
    forceUpgrade: true,
    resetValues: false,
  }),
  helmRelease(
    {
      chart: { git: "git@git.example.com:shop/charts", path: "charts/web", ref: "v1.2.3" },
      rollback: { enable: true, retry: true, maxRetries: 0, force: true, recreate: true, disableHooks: true, timeout: 9, wait: true },
      test: { enable: true, ignoreFailures: true, timeout: 9 },
      targetNamespace: "prod",
      valueFileSecrets: [{ name: "old" }],
      valuesFrom: [
        { configMapKeyRef: { name: "a", optional: true } },
        { secretKeyRef: { name: "b", key: "k.yaml" } },
        { secretKeyRef: { name: "b", namespace: "vault", optional: true } },
        { externalSourceRef: { url: "https://values.example.com/web.yaml" } },
        { chartFileRef: { path: "c.yaml" } },
      ],
      values: { image: { repository: "r.example.com/web", tag: "1.0.0" } },
    },
    { name: "web", annotations: { ...AUTOMATED, "filter.fluxcd.io/chart-image": "semver:~1" } },
  ),
  helmRelease({ chart: { repository: "oci://r.example.com/charts", name: "x", version: "1.0.0" } }, { name: "oci" }),
  helmRelease({ chart: { git: "https://git.example.com/x", path: ".", ref: "refs/heads/x" } }, { name: "plain" }),
];

export const FLUX1 = [
  fluxd(FLAGS),
  helmOperator(),
  deployment("apps", "glob", { image: "a/b:1", annotations: { ...AUTOMATED, "fluxcd.io/tag.glob": "glob:master-*" } }),
  deployment("apps", "regex", { image: "a/c:1", annotations: { ...AUTOMATED, "fluxcd.io/tag.regex": "regexp:^v([0-9]+)$" } }),
  ...RELEASES,
];
