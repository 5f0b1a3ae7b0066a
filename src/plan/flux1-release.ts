/**
 * HelmReleases v1 that install Flux 1 itself. As HelmRelease v2 each would start it again: the charts have one replica, whatever was scaled.
 * Known by their chart (config/declared-installs.yaml), or by what the Helm Operator wrote on the daemon, whatever the chart is called.
 */
import { readChart } from "../detect/declared-install.ts";
import type { DeclaredInstalls } from "../detect/declared-installs-file.ts";
import type { Daemon } from "./daemon.ts";
import { HelmReleaseV1, releaseNameOf, targetNamespaceOf } from "./helm-release-v1.ts";
import type { Ledger } from "./ledger.ts";
import { code, command } from "./markdown.ts";
import { isNamespaceName, isObjectName } from "./names.ts";

export class Flux1Releases {
  readonly #daemons: readonly Daemon[];
  readonly #installs: DeclaredInstalls;
  readonly #ledger: Ledger;
  /** How many were found. */
  count = 0;

  constructor(daemons: readonly Daemon[], installs: DeclaredInstalls, ledger: Ledger) {
    this.#daemons = daemons;
    this.#installs = installs;
    this.#ledger = ledger;
  }

  /** @returns whether it is one: then it is listed, and the steps say what becomes of it */
  takes(subject: string, input: unknown): boolean {
    const release = HelmReleaseV1.safeParse(input).data;
    const daemons = release === undefined ? [] : this.#installedBy(release);
    if (release === undefined || daemons.length === 0) return false;
    this.count += 1;
    const why = "it installs Flux 1 itself, which Flux 2 would start again: see the step that removes Flux 1's workloads";
    this.#ledger.left(subject, "the whole object", `${why}. Nothing of this object is translated`);
    if (daemons.includes("fluxd")) this.#tellFluxd(subject, release);
    this.#ledger.chore(
      "RemoveWorkloads",
      `${code(subject)} installs Flux 1 itself. Take it out of Git, and uninstall its release with the Helm that made it; where its chart installs more than Flux 1, take Flux 1 out of the chart instead, and plan again.`,
      uninstalled(release),
    );
    return true;
  }

  #tellFluxd(subject: string, release: HelmReleaseV1): void {
    this.#ledger.chore(
      "StopFluxd",
      `${code(subject)} installs fluxd: change nothing of it until the Helm Operator is stopped, or its next upgrade starts fluxd again.`,
    );
    const seen = ({ component, antecedent }: Daemon) =>
      component.namespace === targetNamespaceOf(release) || antecedent === antecedentOf(release);
    if (this.#daemons.some((daemon) => daemon.component.name === "fluxd" && seen(daemon))) return;
    this.#ledger.chore(
      "StopFluxd",
      `What the fluxd of ${code(subject)} syncs is told by the chart's values, and is not in this plan. Stop nothing before it is: plan from the cluster, or with what ${code("helm template")} prints of the chart.`,
    );
  }

  #installedBy(release: HelmReleaseV1): string[] {
    const { chart: named, values } = release.spec;
    const chart = { chart: named.name ?? "", repository: named.repository ?? "", version: named.version ?? "", values };
    const reading = readChart(chart, this.#installs);
    const declared = reading.at === "Install" ? reading.components.map((each) => each.name) : [];
    const seen = this.#daemons.filter((daemon) => daemon.antecedent === antecedentOf(release)).map(({ component }) => component.name);
    return [...declared, ...seen].filter((daemon) => daemon === "fluxd" || daemon === "helm-operator");
  }
}

/** What the Helm Operator wrote on all that it made. */
function antecedentOf({ metadata }: HelmReleaseV1): string {
  return `${metadata.namespace || "default"}:helmrelease/${metadata.name}`;
}

function uninstalled(release: HelmReleaseV1): string[] {
  const target = targetNamespaceOf(release);
  const name = releaseNameOf(release);
  return isObjectName(name) && isNamespaceName(target) ? [command("helm", "-n", target, "uninstall", name)] : [];
}
