/** Releases of Flux against each other: gaps, days and versions that go back. What a single release must hold, its schema says. */
import semver from "semver";
import { compareMinors, type Release, type ReleaseData } from "../../src/timetable/releases.ts";
import { type Misfit, misfit } from "./misfit.ts";

const FILE = "flux-releases.json";

/** Since then a controller's MAJOR.MINOR belongs to one minor of Flux, and the operator counts on it. */
const FIRST_ONE_TO_ONE = "2.0";

export interface ReleaseContext {
  readonly data: ReleaseData;
  /** Place of a release in the file, which is in another order. */
  readonly indexOf: (version: string) => number;
  /** Names of the toolkit's controllers. */
  readonly controllers: ReadonlySet<string>;
  /** ISO date. */
  readonly today: string;
}

export function releaseMisfits(context: ReleaseContext): Misfit[] {
  const { data, today } = context;
  const future = data.asOf > today ? [misfit(FILE, ["asOf"], data.asOf, `a day up to today, ${today}`)] : [];
  return [
    ...future,
    ...gaps(context),
    ...stepsBack(context),
    ...unknownControllers(context),
    ...sharedMinors(context),
    ...lowestKubernetes(data),
  ];
}

/** A minor that is missing would end the support of another too late. */
function gaps({ data, indexOf }: ReleaseContext): Misfit[] {
  const [firstMinor] = data.minors;
  return data.minors.flatMap(({ minor }, order) => {
    const first = data.releases.find((release) => release.stable && release.minor === minor);
    if (first === undefined) return [];
    const path = ["releases", indexOf(first.version), "version"];
    const before = data.minors[order - 1]?.minor ?? minor;
    const [major = 0, number = 0] = minor.split(".").map(Number);
    const isGap = before.startsWith(`${major}.`) && Number(before.split(".")[1]) < number - 1;
    const isLate = semver.patch(first.version) !== 0 && minor !== firstMinor?.minor;
    return [
      ...(isGap ? [misfit(FILE, path, first.version, `a release of ${major}.${number - 1} before it, as ${before} was the last`)] : []),
      ...(isLate ? [misfit(FILE, path, first.version, `v${minor}.0 before it`)] : []),
    ];
  });
}

/** Days within a minor, and versions of controllers throughout, only go forward; a controller that a minor ships stays in it. */
function stepsBack({ data, indexOf }: ReleaseContext): Misfit[] {
  return data.releases.flatMap((release, order) => {
    const before = data.releases[order - 1];
    if (before === undefined) return [];
    const path = ["releases", indexOf(release.version)];
    const isPatch = before.minor === release.minor;
    const date =
      isPatch && release.date < before.date
        ? [misfit(FILE, [...path, "date"], release.date, `${before.date}, when ${before.version} came, or later`)]
        : [];
    const controllers = Object.entries(before.components).flatMap(([name, earlier]) => {
      const version = release.components[name];
      if (version === undefined)
        return isPatch ? [misfit(FILE, [...path, "components", name], undefined, `${earlier}, as in ${before.version}, or later`)] : [];
      return semver.lt(version, earlier)
        ? [misfit(FILE, [...path, "components", name], version, `${earlier}, as in ${before.version}, or later`)]
        : [];
    });
    return [...date, ...controllers];
  });
}

function unknownControllers({ data, indexOf, controllers }: ReleaseContext): Misfit[] {
  return data.releases.flatMap((release) =>
    Object.keys(release.components)
      .filter((name) => !controllers.has(name))
      .map((name) =>
        misfit(FILE, ["releases", indexOf(release.version), "components", name], name, `one of ${[...controllers].join(", ")}`),
      ),
  );
}

function sharedMinors({ data, indexOf }: ReleaseContext): Misfit[] {
  const owners = new Map<string, Release>();
  return data.releases
    .filter(({ minor }) => compareMinors(minor, FIRST_ONE_TO_ONE) >= 0)
    .flatMap((release) =>
      Object.entries(release.components).flatMap(([name, version]) => {
        const line = `${name} ${semver.major(version)}.${semver.minor(version)}`;
        const owner = owners.get(line) ?? release;
        owners.set(line, owner);
        if (owner.minor === release.minor) return [];
        const want = `another minor than that of ${owner.version}: which Flux is installed is told by it`;
        return [misfit(FILE, ["releases", indexOf(release.version), "components", name], version, want)];
      }),
    );
}

/** Since 2.0 each minor has an entry of its own; none is lower than the one before. */
function lowestKubernetes({ minors, kubernetes }: ReleaseData): Misfit[] {
  const entries = new Set(kubernetes.map(({ minor }) => minor));
  const missing = minors
    .filter(({ minor }) => compareMinors(minor, FIRST_ONE_TO_ONE) >= 0 && !entries.has(minor))
    .map(({ minor }) => misfit(FILE, ["minors", minor], undefined, `the lowest Kubernetes of Flux ${minor}`));
  const wrong = kubernetes.flatMap(({ minor, min }, order) => {
    const before = kubernetes[order - 1];
    const strange = minors.some((each) => each.minor === minor)
      ? []
      : [misfit(FILE, ["minors", minor], minor, "a minor that has a release")];
    const falls = before !== undefined && compareMinors(min, before.min) < 0;
    return [
      ...strange,
      ...(falls ? [misfit(FILE, ["minors", minor, "kubernetesMin"], min, `${before.min}, as for ${before.minor}, or later`)] : []),
    ];
  });
  return [...missing, ...wrong];
}
