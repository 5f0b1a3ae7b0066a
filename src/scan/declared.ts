/**
 * Finds the installations of Flux that other objects declare: HelmReleases with their repositories, FluxInstances, kustomizations and
 * sources, and releases of other tools (declared-release.ts). References are followed within what was read, to the nearest of a name, or all that
 * are as near; one that leads out of it is told where it can be Flux.
 */
import type { DetectedComponent, FilePlace } from "../detect/component.ts";
import { type DeclaredComponent, type NamedAddress, readAddress, readChart, readInstance } from "../detect/declared-install.ts";
import type { DeclaredInstalls } from "../detect/declared-installs-file.ts";
import { valueAt } from "../detect/value-at.ts";
import { visibleText } from "../detect/visible-text.ts";
import type { ManifestObject, Skipped } from "../manifests/manifest.ts";
import { declares, readReleases } from "./declared-release.ts";
import {
  FluxInstance,
  FluxKustomization,
  HelmChart,
  HelmRelease,
  Kustomization,
  Metadata,
  type Reference,
  Source,
} from "./declaring-objects.ts";
import { NamedObjects, nameKey } from "./named-objects.ts";

const NAME_CHARACTERS = 253;

/** Where an object stands, and what it declares. */
interface Declaration {
  readonly object: ManifestObject;
  readonly line: number;
  readonly namespace: string;
  readonly workload: DetectedComponent["workload"];
}

/** What a HelmRelease or a HelmChart asks for. */
interface AskedChart {
  readonly chart: string;
  readonly version: string | undefined;
  readonly sourceRef: Reference;
  readonly asker: Asker;
}

/** Who refers to another object, which is looked for in its namespace and near its file. */
interface Asker {
  readonly file: string;
  readonly namespace: string | undefined;
}

/** A release's values. */
type Given = Pick<Parameters<typeof readChart>[0], "values" | "moreValues">;

export class Declared {
  readonly #installs: DeclaredInstalls;
  readonly #setAside: (object: ManifestObject) => Pick<DetectedComponent, "setAside">;
  readonly #found: DetectedComponent[] = [];
  readonly #skipped: Skipped[] = [];
  readonly #sources = new NamedObjects<{ url: string; tag: string | undefined }>();
  readonly #charts = new NamedObjects<AskedChart>();
  /** What follows a reference, to be looked at once all was read. */
  readonly #waiting: (() => void)[] = [];

  /** @param setAside whether an object that declares an installation is set aside; asked where it does */
  constructor(installs: DeclaredInstalls, setAside: (object: ManifestObject) => Pick<DetectedComponent, "setAside">) {
    this.#installs = installs;
    this.#setAside = setAside;
  }

  /** @returns whether the object is of a kind that can declare an installation, or its source */
  add(object: ManifestObject): boolean {
    const rows = this.#installs.releases.filter((row) => declares(row, object));
    for (const row of rows) this.#releases(object, row);
    const group = object.apiVersion.split("/")[0] ?? "";
    if (object.kind === "HelmRelease" && /(^|\.)(fluxcd\.io|flux\.weave\.works)$/.test(group)) this.#helmRelease(object);
    else if (object.kind === "FluxInstance" && group === "fluxcd.controlplane.io") this.#fluxInstance(object);
    else if (group === "source.toolkit.fluxcd.io") this.#source(object);
    else if (object.kind === "Kustomization" && group === "kustomize.toolkit.fluxcd.io") this.#fluxKustomization(object);
    else if ((object.kind === "Kustomization" || object.kind === "Component") && group === "kustomize.config.k8s.io")
      this.#kustomization(object);
    else return rows.length > 0;
    return true;
  }

  /** @returns components, and what could not be told; to be asked once, when all was added */
  end(): { components: DetectedComponent[]; skipped: Skipped[] } {
    for (const look of this.#waiting) look();
    return { components: this.#found, skipped: this.#skipped };
  }

  #helmRelease(object: ManifestObject): void {
    const read = HelmRelease.safeParse(object.value);
    if (!read.success) return;
    const { metadata, spec } = read.data;
    const { chart, chartRef, targetNamespace, values, valuesFrom = [] } = spec;
    const given = { values, moreValues: valuesFrom.length > 0 };
    const place = declaration(object, targetNamespace ?? metadata.namespace, metadata.name);
    if (chart?.name !== undefined) {
      this.#chart(place, { chart: chart.name, version: chart.version, repository: chart.repository, ...given });
      return;
    }
    const { chart: named, version, sourceRef } = chart?.spec ?? {};
    const asker = { file: object.file, namespace: metadata.namespace };
    if (chart?.git !== undefined) this.#gitChart(place, { address: chart.git, tag: chart.ref, path: chart.path }, given);
    else if (named !== undefined) this.#waiting.push(() => this.#chartOf(place, { chart: named, version, sourceRef, asker }, given));
    else if (chartRef) this.#waiting.push(() => this.#chartAt(place, chartRef, asker, given));
  }

  #chartOf(place: Declaration, { chart, version, sourceRef, asker }: AskedChart, given: Given): void {
    const inGit = sourceRef?.kind === "GitRepository" ? this.#sources.nearest(keyIn(asker, sourceRef, "GitRepository"), asker.file) : [];
    for (const { url, tag } of inGit) this.#gitChart(place, { address: url, tag, path: chart }, given);
    if (inGit.length > 0) return;
    if (!this.#isOfFlux(chart)) return;
    const sources = this.#sources.nearest(keyIn(asker, sourceRef, "HelmRepository"), asker.file);
    for (const repository of sources.length === 0 ? [undefined] : sources.map(({ url }) => url))
      this.#chart(place, { chart, version, repository, ...given });
  }

  /** A release's values can set another image than that of the tag, and what they set is not read here. */
  #gitChart(place: Declaration, { tag, ...address }: NamedAddress, { values, moreValues = false }: Given): void {
    const plain = values === undefined && !moreValues;
    this.#push(place, readAddress({ ...address, tag: plain ? tag : undefined }, this.#installs), "HelmChart");
  }

  #chartAt(place: Declaration, reference: Reference, asker: Asker, given: Given): void {
    const charts = this.#charts.nearest(keyIn(asker, reference, "HelmChart"), asker.file);
    for (const asked of charts) this.#chartOf(place, asked, given);
    const sources = this.#sources.nearest(keyIn(asker, reference, "OCIRepository"), asker.file);
    for (const { url, tag } of sources) {
      const [repository, chart = ""] = [url.replace(/\/[^/]*$/, ""), url.split("/").at(-1)];
      this.#chart(place, { chart, version: tag, repository, ...given });
    }
    // What is not there may be any chart: it is told where it has the name of one.
    if (charts.length + sources.length === 0 && reference?.name !== undefined && this.#isOfFlux(reference.name))
      this.#open(place, `takes its chart from ${reference.name}, which`);
  }

  #isOfFlux(chart: string): boolean {
    return this.#installs.charts.some((row) => row.chart === chart);
  }

  #releases(object: ManifestObject, row: DeclaredInstalls["releases"][number]): void {
    const { data } = Metadata.safeParse(valueAt(object.value, ["metadata"]));
    const ofFlux = (chart: string) => this.#isOfFlux(chart);
    for (const { name, namespace, at, installs } of readReleases(object, row, ofFlux)) {
      const placeOf = (otherwise: string) => ({
        ...declaration(object, namespace ?? data?.namespace, name ?? otherwise),
        line: object.lineOf(at),
      });
      if (installs.of === "Chart") {
        this.#chart(placeOf(installs.chart), installs);
        continue;
      }
      const components = readAddress(installs, this.#installs);
      // A list can have thousands that are not Flux: their lines are not looked up.
      if (components.length > 0) this.#push(placeOf("None"), components);
    }
  }

  #chart(place: Declaration, chart: Parameters<typeof readChart>[0]): void {
    const reading = readChart(chart, this.#installs);
    if (reading.at === "Install") this.#push(place, reading.components, reading.managedBy);
    if (reading.at === "Open") this.#open(place, `names a chart ${chart.chart}, and its repository`);
  }

  #open({ object, line, namespace, workload }: Declaration, what: string): void {
    const why = `${workload.kind} ${namespace}/${workload.name} ${what} is not in what was read: it may be Flux`;
    this.#skipped.push({ at: "Skipped", file: object.file, line, why });
  }

  #fluxInstance(object: ManifestObject): void {
    const read = FluxInstance.safeParse(object.value);
    if (!read.success) return;
    const { metadata, spec } = read.data;
    const components = readInstance({ version: spec.distribution.version, components: spec.components }, this.#installs);
    this.#push(declaration(object, metadata.namespace, metadata.name), components, "FluxInstance");
  }

  #source(object: ManifestObject): void {
    const chart = HelmChart.safeParse(object.value).data;
    if (object.kind === "HelmChart" && chart) {
      const { chart: name, version, sourceRef } = chart.spec;
      const asker = { file: object.file, namespace: chart.metadata.namespace };
      this.#charts.add(object, chart.metadata, { chart: name, version, sourceRef: plain(sourceRef), asker });
    }
    const read = Source.safeParse(object.value);
    if (!read.success) return;
    const { metadata, spec } = read.data;
    const tag = spec.ref?.tag ?? spec.ref?.semver ?? /^refs\/tags\/(.+)$/.exec(spec.ref?.name ?? "")?.[1];
    this.#sources.add(object, metadata, { url: spec.url, tag });
  }

  #fluxKustomization(object: ManifestObject): void {
    const read = FluxKustomization.safeParse(object.value);
    if (!read.success) return;
    const { metadata, spec } = read.data;
    const place = declaration(object, spec.targetNamespace ?? metadata.namespace, metadata.name);
    const key = keyIn({ file: object.file, namespace: metadata.namespace }, spec.sourceRef, "GitRepository");
    this.#waiting.push(() => {
      for (const { url, tag } of this.#sources.nearest(key, object.file))
        this.#push(place, readAddress({ address: url, tag, path: spec.path }, this.#installs));
    });
  }

  /** Bases elsewhere are named by their addresses; nothing is fetched. A kustomization has no name: what can be acted on is what it makes. */
  #kustomization(object: ManifestObject): void {
    const read = Kustomization.safeParse(object.value);
    if (!read.success) return;
    const { namespace, namePrefix = "", nameSuffix = "" } = read.data;
    for (const list of ["resources", "bases"] as const)
      for (const [index, entry] of (read.data[list] ?? []).entries()) {
        if (typeof entry !== "string") continue;
        for (const component of readAddress({ address: entry }, this.#installs)) {
          const { deployment } = component;
          const name = `${namePrefix}${deployment?.name ?? component.name}${nameSuffix}`;
          const workload = { apiVersion: "apps/v1", kind: "Deployment", name };
          const place = {
            object,
            line: object.lineOf([list, index]),
            namespace: namespace ?? deployment?.namespace ?? "default",
            workload,
          };
          this.#push(place, [component]);
        }
      }
  }

  #push(
    { object, line, namespace, workload }: Declaration,
    components: readonly DeclaredComponent[],
    managedBy?: "HelmChart" | "FluxInstance",
  ): void {
    if (components.length === 0) return;
    const source: FilePlace = { file: visibleText(object.file, 4096), line };
    const setAside = this.#setAside(object);
    for (const component of components)
      this.#found.push({
        name: component.name,
        track: component.name === "fluxd" || component.name === "helm-operator" ? "Flux1" : "GitOpsToolkit",
        namespace: visibleText(namespace, NAME_CHARACTERS),
        uid: "",
        workload: {
          apiVersion: visibleText(workload.apiVersion, NAME_CHARACTERS),
          kind: workload.kind,
          name: visibleText(workload.name, NAME_CHARACTERS),
        },
        container: "None",
        image: "None",
        version: component.version,
        ...(component.distribution === undefined ? {} : { distribution: component.distribution }),
        // Declared to run.
        replicas: 1,
        readyReplicas: 0,
        features: [...component.features],
        ...(managedBy === undefined ? {} : { manager: { managedBy, source: "Label" as const } }),
        source,
        ...setAside,
      });
  }
}

function declaration(object: ManifestObject, namespace: string | undefined, name: string): Declaration {
  const { apiVersion, kind, line } = object;
  return { object, line, namespace: namespace ?? "default", workload: { apiVersion, kind, name } };
}

/** Without what else it may hold, such as itself. */
function plain(reference: Reference): Reference {
  return reference && { kind: reference.kind, name: reference.name, namespace: reference.namespace };
}

function keyIn({ namespace }: Asker, reference: Reference, kind: string): string | undefined {
  if (reference?.name === undefined) return undefined;
  return nameKey(reference.kind ?? kind, reference.namespace ?? namespace, reference.name);
}
