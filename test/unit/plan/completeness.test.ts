/**
 * Nothing is dropped: each field of random HelmReleases v1, each flag and each annotation is translated, with the named field really there,
 * or is listed with a reason. The seed is fixed; fast-check prints the path of a failure, which `{ seed, path }` replays.
 */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Plan } from "../../../src/plan/plan.ts";
import { deployment } from "../detect/workload-builder.ts";
import { fluxd, helmOperator, helmRelease, planned } from "./plan-builder.ts";

const RUNS = { seed: 20260723, numRuns: 250 };

/** Mostly what can be translated: what rules out a whole object would hide the fields beside it. */
const mostly = <T>(good: readonly T[], bad: readonly T[]) =>
  fc.oneof({ weight: 14, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...bad) });
const name = mostly(["a", "cart", "x-1"], ["Bad Name", "../../x"]);
const flag = fc.boolean();
const seconds = fc.integer({ min: 0, max: 900 });
const optional = <T>(model: Record<string, fc.Arbitrary<T>>) => fc.record(model, { requiredKeys: [] });
const unknownField = fc.dictionary(
  fc.constantFrom("zzz", "chartPullSecret", "extra"),
  fc.oneof(fc.string(), fc.integer(), fc.constant({ a: [1] })),
  { maxKeys: 1 },
);
const withUnknown = <T extends object>(arbitrary: fc.Arbitrary<T>) =>
  fc.tuple(arbitrary, unknownField).map(([known, extra]) => ({ ...extra, ...known }));
const keyReference = withUnknown(fc.record({ name, key: fc.string(), namespace: name, optional: flag }, { requiredKeys: ["name"] }));
const source = withUnknown(
  optional<unknown>({
    configMapKeyRef: keyReference,
    secretKeyRef: keyReference,
    externalSourceRef: fc.record({ url: fc.webUrl() }),
    chartFileRef: fc.record({ path: fc.constantFrom("a.yaml", "b/c.yaml", "../x"), optional: flag }, { requiredKeys: ["path"] }),
  }),
);
const chartFields: Record<string, fc.Arbitrary<unknown>> = {
  repository: mostly(["https://charts.example.com/", "https://u:p@charts.example.com"], ["stable"]),
  name: fc.constant("cart"),
  version: fc.constantFrom("1.0.0", ">=1"),
  git: mostly(["git@h.example.com:a/b", "https://u:p@h.example.com/a"], ["nonsense"]),
  ref: fc.constantFrom("main", "v1.0.0"),
  path: mostly(["charts/x", "."], ["../x"]),
  secretRef: fc.record({ name, namespace: name }, { requiredKeys: ["name"] }),
  skipDepUpdate: flag,
};
/** What a chart needs: any, or what a repository or Git needs. */
const needed = [[], ["repository", "name", "version"], ["git", "path"]];
const chart = withUnknown(fc.oneof(...needed.map((requiredKeys) => fc.record(chartFields, { requiredKeys }))));
const spec = withUnknown(
  fc.record<Record<string, unknown>>(
    {
      chart,
      helmVersion: mostly(["v3"], ["v2"]),
      releaseName: mostly(["r"], ["UPPER", "x".repeat(60)]),
      targetNamespace: mostly(["prod"], ["no/name"]),
      timeout: seconds,
      maxHistory: fc.integer({ min: 0, max: 20 }),
      wait: flag,
      resetValues: flag,
      forceUpgrade: flag,
      skipCRDs: flag,
      disableOpenAPIValidation: flag,
      rollback: withUnknown(
        optional<unknown>({
          enable: flag,
          retry: flag,
          maxRetries: seconds,
          force: flag,
          recreate: flag,
          disableHooks: flag,
          timeout: seconds,
          wait: flag,
        }),
      ),
      test: withUnknown(optional<unknown>({ enable: flag, ignoreFailures: flag, timeout: seconds, cleanup: flag })),
      valueFileSecrets: fc.array(withUnknown(fc.record({ name })), { maxLength: 2 }),
      valuesFrom: fc.array(source, { maxLength: 3 }),
      values: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
    },
    { requiredKeys: ["chart"] },
  ),
);

/** Paths of all values that are neither mappings nor lists, values of the chart as one. */
function leaves(value: unknown, path: string): string[] {
  if (path === "spec.values") return typeof value === "object" && value !== null ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, `${path}[${index}]`));
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(([key, each]) => leaves(each, `${path}.${key}`));
  return value === undefined ? [] : [path];
}

const covers = (field: string, leaf: string) => leaf === field || leaf.startsWith(`${field}.`) || leaf.startsWith(`${field}[`);

function valueAt(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), value);
}

/** Places that a translation names and that no object has. */
function missing(plan: Plan): string[] {
  return plan.translations.flatMap(({ field, to }) => {
    const [, kind, place, path] = /^(\w+) ([\w.-]+\/[\w.-]+) (spec\S*|metadata\S*)$/.exec(to.replace(/, .*$/, "")) ?? [];
    if (path === undefined) return [];
    const object = plan.objects.find((each) => each.kind === kind && `${each.metadata.namespace}/${each.metadata.name}` === place);
    return object !== undefined && valueAt(object, path) !== undefined ? [] : [`${field} -> ${to}`];
  });
}

/** These say by their absence what they said by false. */
const TRUE_ONLY = /optional$|OpenAPIValidation$|ignoreMissingValuesFiles$|spec\.decryption$|wait/i;

test("each field of a HelmRelease is translated, or listed", () => {
  let translated = 0;
  fc.assert(
    fc.property(spec, (fields) => {
      const plan = planned([helmOperator(), helmRelease(fields)]);
      translated += plan.releases.translated;
      const whole = plan.untranslated.some(({ reason }) => reason.endsWith("Nothing of this object is translated"));
      if (whole) {
        expect(plan.objects.filter(({ kind }) => kind === "HelmRelease")).toEqual([]);
        return;
      }
      const accounted = [...plan.translations, ...plan.untranslated]
        .filter(({ subject }) => subject.startsWith("HelmRelease"))
        .map(({ field }) => field);
      const dropped = leaves(fields, "spec").filter((leaf) => !accounted.some((field) => covers(field, leaf)));
      expect(dropped).toEqual([]);
      expect(missing(plan).filter((line) => !TRUE_ONLY.test(line))).toEqual([]);
      // Said once: translated, or listed, never both.
      const listed = new Set(plan.untranslated.map(({ subject, field }) => `${subject} ${field}`));
      expect(plan.translations.filter(({ subject, field }) => listed.has(`${subject} ${field}`))).toEqual([]);
    }),
    RUNS,
  );
  expect(translated).toBeGreaterThan(80);
});

const word = fc.constantFrom("", "5m", "true", "false", "x", "a,b", "../x", "$(X)", "0", "git@h.example.com:a/b", "all", "none");
const flagName = fc.constantFrom(
  ..."git-url git-branch git-path git-poll-interval git-timeout sync-interval sync-timeout sync-garbage-collection sync-garbage-collection-dry k8s-secret-name git-verify-signatures git-verify-signatures-mode git-gpg-key-import git-user git-email git-signing-key git-ci-skip git-ci-skip-message automation-interval registry-poll-interval sops k8s-default-namespace k8s-allow-namespace k8s-namespace-whitelist connect token manifest-generation git-secret git-label git-readonly registry-disable-scanning memcached-hostname registry-rps registry-exclude-image registry-include-image unknown-flag".split(
    " ",
  ),
);
const argument = fc.oneof(
  fc.tuple(flagName, word).map(([flagged, value]) => `--${flagged}=${value}`),
  flagName.map((flagged) => `--${flagged}`),
);

test("each of fluxd's flags is translated, or listed", () => {
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 8 }), (args) => {
      const plan = planned([fluxd(args)]);
      const accounted = [...plan.translations, ...plan.untranslated].map(({ field }) => field);
      // A flag without a value takes the next word; what then stands as a value is no flag.
      const given = args.filter((_, at) => at === 0 || /=/.test(args[at - 1] ?? "=")).map((arg) => arg.replace(/=.*$/s, ""));
      const problems = accounted.includes("arguments that no flag parser reads");
      expect(given.filter((each) => !accounted.includes(each) && !problems)).toEqual([]);
    }),
    RUNS,
  );
});

const key = fc.constantFrom(
  ..."fluxcd.io/automated fluxcd.io/tag.web filter.fluxcd.io/web fluxcd.io/locked fluxcd.io/locked_user fluxcd.io/ignore flux.weave.works/automated flux.weave.works/tag.web flux.weave.works/ignore fluxcd.io/other repository.fluxcd.io/web tag.fluxcd.io/web".split(
    " ",
  ),
);
const annotations = fc.dictionary(key, fc.constantFrom("true", "false", "semver:~1", "glob:*", "regex:^v", "sync_only", ""), {
  maxKeys: 5,
});

test("each annotation of Flux 1 is translated, or listed", () => {
  fc.assert(
    fc.property(annotations, fc.boolean(), (given, readOnly) => {
      const web = deployment("shop", "web", { image: "r.example.com/web:1", annotations: given });
      const release = helmRelease({ values: { image: "a/b:1" } }, { annotations: given });
      const plan = planned([fluxd(readOnly ? ["--git-readonly"] : []), helmOperator(), web, release]);
      for (const subject of ["Deployment shop/web", "HelmRelease shop/cart (helm.fluxcd.io/v1)"]) {
        const accounted = [...plan.translations, ...plan.untranslated].filter((each) => each.subject === subject).map(({ field }) => field);
        expect(Object.keys(given).filter((each) => !accounted.includes(each))).toEqual([]);
      }
    }),
    RUNS,
  );
});
