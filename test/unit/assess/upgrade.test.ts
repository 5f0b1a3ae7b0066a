/** What is said of the way up: never a step that cannot be taken, and nothing that was not looked up. */
import { describe, expect, test } from "@jest/globals";
import { type ClusterParts, crd, fluxd, statusOf, told, toolkit, toolkitCrds } from "./subject-builder.ts";

const blocked = (parts: ClusterParts) => told(statusOf(parts)).UpgradeBlocked;
const advice = (parts: ClusterParts) =>
  statusOf(parts).inventory.instances?.find((instance) => instance.track === "GitOpsToolkit")?.action.message;
const FORBIDDEN = {
  resource: "customresourcedefinitions.apiextensions.k8s.io",
  verb: "list",
  reason: "Forbidden",
  message: "CRDs: list is forbidden (403) for x",
} as const;
const noImages = { image: false } as const;
const plainCrds = (release: string) => toolkitCrds(release).filter((fact) => !fact.name.includes("image.toolkit"));

describe("the way up", () => {
  test("is not known while the CRDs could not be read: what they store decides it", () => {
    const parts = { workloads: toolkit("v2.2.3"), unreadable: [FORBIDDEN] };
    expect(advice(parts)).toBe("Flux 2.2 is out of support since 2025-02-20. The way up is not known: the CRDs were not read.");
    expect(blocked(parts)).toMatch(/^Unknown\/AccessDenied/);
  });

  test("is Unknown in the row as in the condition, and so is the alignment, while the CRDs could not be read", () => {
    const parts = { workloads: toolkit("v2.6.4", noImages), unreadable: [FORBIDDEN] };
    const { summary, inventory } = statusOf(parts);
    expect(blocked(parts)).toBe("Unknown/AccessDenied: Not known: CRDs: list is forbidden (403) for x.");
    expect(summary.blockedBy).toBe("Unknown");
    expect(inventory.instances?.[0]?.alignment).toBe("Unknown");
  });

  test("ends in the newest release also where its CRDs stand already", () => {
    expect(advice({ workloads: toolkit("v2.6.4"), crds: toolkitCrds("v2.9.4") })).toContain("Run flux bootstrap with 2.9 (");
  });

  test("ends in the newest supported minor that this Kubernetes runs, and names what a newer one opens", () => {
    const parts = { workloads: toolkit("v2.6.4", noImages), crds: plainCrds("v2.6.4"), kubernetes: "v1.32.4" };
    const beyond = "2.8 and 2.9 need Kubernetes 1.33; this is 1.32.4.";
    expect(advice(parts)).toContain("Run flux bootstrap with 2.7 (");
    expect(advice(parts)).toContain(beyond);
    expect(blocked(parts)).toBe(`False/Clear: No removed API version is stored. ${beyond}`);
    const { message } = statusOf({ ...parts, workloads: [fluxd(), ...parts.workloads] }).summary;
    expect(message).toContain("Upgrade the toolkit first (2.6 is out of support since 2026-06-30) to 2.7. Then finish the move.");
  });

  test("is open where what is stored is removed only beyond the reach of this Kubernetes", () => {
    const parts = { workloads: toolkit("v2.6.4"), crds: toolkitCrds("v2.6.4"), kubernetes: "v1.32.4" };
    expect(advice(parts)).toContain("Run flux bootstrap with 2.7 (");
    expect(blocked(parts)).toBe(
      "False/Clear: Flux 2.9 removes v1beta2, still in storedVersions of imagepolicies, imagerepositories, imageupdateautomations. 2.8 and 2.9 need Kubernetes 1.33; this is 1.32.4.",
    );
  });

  test("stops within reach for what is stored", () => {
    const parts = { workloads: toolkit("v2.2.3"), crds: toolkitCrds("v2.2.3"), kubernetes: "v1.32.4" };
    expect(blocked(parts)).toMatch(
      /^True\/StoredVersions: .* Order: 2.6, flux migrate, 2.7. 2.8 and 2.9 need Kubernetes 1.33; this is 1.32.4.$/,
    );
  });

  test("is blocked where newer CRDs leave no step that this Kubernetes runs", () => {
    const parts = { workloads: [fluxd(), ...toolkit("v2.6.4", noImages)], crds: plainCrds("v2.9.4"), kubernetes: "v1.32.4" };
    expect(blocked(parts)).toBe("True/KubernetesTooOld: 2.9 needs Kubernetes 1.33; this is 1.32.4.");
    expect(statusOf(parts).summary.message).toContain(" to 2.9. 2.9 needs Kubernetes 1.33; this is 1.32.4. Then finish the move.");
  });

  test("is said of a supported toolkit too, but not of a cluster without one", () => {
    const kubernetes = "v1.32.4";
    expect(blocked({ workloads: toolkit("v2.7.5"), crds: toolkitCrds("v2.7.5"), kubernetes })).toBe(
      "False/Clear: No removed API version is stored. 2.8 and 2.9 need Kubernetes 1.33; this is 1.32.4.",
    );
    expect(blocked({ kubernetes })).toBe("False/Clear: No removed API version is stored.");
  });

  test.each(["v1.33.0-gke.100", "v1.33.0-eks-1a2b3c", "v1.33.0+k3s1", "v1.33.0"])("takes %s for 1.33", (kubernetes) => {
    expect(blocked({ workloads: toolkit("v2.6.4", noImages), crds: plainCrds("v2.6.4"), kubernetes })).toBe(
      "False/Clear: No removed API version is stored.",
    );
  });

  test("knows on an earlier day no release that came later", () => {
    const namespaces = { "flux-system": { annotations: { "flux-migration.dev/managed-by": "Terraform" } } };
    const parts = { workloads: toolkit("v2.4.0"), crds: toolkitCrds("v2.4.0"), namespaces, now: "2026-03-01" };
    expect(advice(parts)).toContain("In Terraform (flux_bootstrap_git): version v2.7.5, apply; run flux migrate; version v2.8.1, apply.");
    expect(blocked(parts)).not.toContain("2.9");
    expect(JSON.stringify(statusOf(parts))).not.toContain("2.9");
  });

  test("is the same in the summary and in the condition", () => {
    const { summary } = statusOf({ workloads: [fluxd(), ...toolkit("v2.2.3")], crds: toolkitCrds("v2.2.3") });
    expect(summary.message).toContain("in this order: 2.6, flux migrate, 2.8, flux migrate, 2.9. Then finish the move.");
  });

  test("is Unknown, not clear, for stored versions that the data does not know", () => {
    const old = [
      crd("kustomizations.kustomize.toolkit.fluxcd.io", {
        release: "v0.20.0",
        stored: ["v1alpha1"],
        served: ["v1alpha1"],
        storage: "v1alpha1",
      }),
    ];
    expect(blocked({ crds: old })).toMatch(/^Unknown\/WayUnknown/);
  });
});

describe("CRDs that stayed behind", () => {
  const IMAGES = ["imagepolicies", "imagerepositories", "imageupdateautomations"];
  const isImage = ({ plural }: { plural: string }) => IMAGES.includes(plural);
  const imageCrds = (release: string, stored?: string[]) =>
    toolkitCrds(release)
      .filter(isImage)
      .map((fact) => ({ ...fact, stored: stored ?? fact.stored }));
  const row = (parts: ClusterParts) => {
    const { summary, inventory } = statusOf(parts);
    return `${inventory.instances?.at(-1)?.alignment} ${summary.action} ${summary.severity} ${summary.blockedBy}`;
  };
  const NAMED = `CRDs that stayed behind Flux 2.9: ${IMAGES.join(", ")}.`;
  const STORED = `Flux 2.9 removes v1beta2, still in storedVersions of ${IMAGES.join(", ")}.`;

  test("catch up before the CRDs of the controllers are installed, which are refused for what is stored", () => {
    const parts = { workloads: toolkit("v2.9.4"), crds: [...plainCrds("v2.8.8"), ...imageCrds("v2.8.8", ["v1beta2", "v1"])] };
    expect(row(parts)).toBe("Mixed AlignControllers Info StoredVersions");
    expect(advice(parts)).toBe(
      "Controllers of 2.9 work on CRDs of 2.8: one minor apart, which is allowed. Move the CRDs alone: run flux migrate, then install the CRDs of 2.9.",
    );
    expect(blocked(parts)).toBe(`True/StoredVersions: ${STORED} The CRDs stayed behind Flux 2.9. Order: flux migrate, CRDs of 2.9.`);
    const beside = { ...parts, workloads: [...toolkit("v2.8.8", { namespace: "a" }), ...toolkit("v2.9.4", { namespace: "b" })] };
    expect(statusOf(beside).summary.message).toMatch(/then install the CRDs of 2\.9\. Keep the CRDs in one installation only\.$/);
  });

  test("are simply installed where nothing bars it", () => {
    const parts = { workloads: toolkit("v2.9.4", noImages), crds: plainCrds("v2.8.8") };
    expect(advice(parts)).toBe("Controllers of 2.9 work on CRDs of 2.8: one minor apart, which is allowed. Install the CRDs of 2.9.");
    expect(blocked(parts)).toBe("False/Clear: No removed API version is stored.");
  });

  test("are named where the others were taken, for these are not put back", () => {
    const parts = { workloads: toolkit("v2.9.4"), crds: [...plainCrds("v2.9.4"), ...imageCrds("v2.8.8", ["v1beta2", "v1"])] };
    expect(row(parts)).toBe("Mixed AlignControllers Info StoredVersions");
    expect(statusOf(parts).summary.message).toBe(`${NAMED} Move these alone: run flux migrate, then install the CRDs of 2.9.`);
    expect(blocked(parts)).toBe(`True/StoredVersions: ${STORED} ${NAMED} Order: flux migrate, CRDs of 2.9.`);
    const unlabelled = parts.crds.map(({ release: _, ...fact }) => fact);
    expect(blocked({ ...parts, crds: unlabelled })).toBe(blocked(parts));
  });

  test("are told of a toolkit that has no controller for them, which had nothing to do on a way that was not known", () => {
    const parts = { workloads: toolkit("v2.9.4", noImages), crds: [...plainCrds("v2.9.4"), ...imageCrds("v2.2.3")] };
    expect(row(parts)).toBe("Mixed AlignControllers Info StoredVersions");
    expect(advice(parts)).toBe(
      `${NAMED} Move these alone: install the CRDs of 2.6, run flux migrate, install the CRDs of 2.8, run flux migrate, then install the CRDs of 2.9.`,
    );
    expect(blocked(parts)).toContain(` ${NAMED} Order: CRDs of 2.6, flux migrate, CRDs of 2.8, flux migrate, CRDs of 2.9.`);
  });

  test("are a warning where their controllers do not find the version that they ask for", () => {
    const crds = [...plainCrds("v2.8.8"), ...imageCrds("v2.6.4")];
    expect(row({ workloads: toolkit("v2.8.8"), crds })).toBe("Mixed AlignControllers Warning StoredVersions");
    expect(row({ workloads: toolkit("v2.8.8", noImages), crds })).toBe("Mixed AlignControllers Info StoredVersions");
    expect(blocked({ workloads: toolkit("v2.8.8"), crds })).toContain("Order: CRDs of 2.8, flux migrate, 2.9.");
  });

  test("come first on the way up of a toolkit that is out of support", () => {
    const automation = ({ plural }: { plural: string }) => plural === "imageupdateautomations";
    const crds = [...toolkitCrds("v2.6.4").filter((fact) => !automation(fact)), ...imageCrds("v2.2.3").filter(automation)];
    const parts = { workloads: toolkit("v2.6.4"), crds };
    const named = "CRDs that stayed behind Flux 2.6: imageupdateautomations.";
    expect(advice(parts)).toContain(
      `${named} Move these alone: install the CRDs of 2.6. Run flux migrate, flux bootstrap with 2.8, flux migrate, then flux bootstrap with 2.9 (`,
    );
    const order = "CRDs of 2.6, flux migrate, 2.8, flux migrate, 2.9.";
    expect(blocked(parts)).toContain(`${named} Order: ${order}`);
    const { message } = statusOf({ ...parts, workloads: [fluxd(), ...parts.workloads] }).summary;
    expect(message).toContain(`${named} Upgrade the toolkit first (2.6 is out of support since 2026-06-30), in this order: ${order}`);
  });

  test("leave the controllers their steps, in the order as in the sentence", () => {
    const crds = [
      crd("gitrepositories.source.toolkit.fluxcd.io", { release: "v2.8.0" }),
      crd("imagepolicies.image.toolkit.fluxcd.io", { release: "v2.6.0", storage: "v1beta2", stored: ["v1beta1", "v1beta2"] }),
    ];
    const parts = { workloads: toolkit("v2.6.4"), crds, kubernetes: "v1.34.0" };
    expect(blocked(parts)).toContain("Order: flux migrate, CRDs of 2.8, 2.8, flux migrate, 2.9.");
    expect(advice(parts)).toContain("install the CRDs of 2.8. Run flux bootstrap with 2.8, flux migrate, then flux bootstrap with 2.9 (");
  });

  test("are told beside controllers that are behind the other CRDs", () => {
    const parts = { workloads: toolkit("v2.8.8"), crds: [...plainCrds("v2.9.4"), ...imageCrds("v2.8.8", ["v1beta2", "v1"])] };
    expect(advice(parts)).toBe(
      `Controllers of 2.8 work on CRDs of 2.9: one minor apart, which is allowed. ${NAMED} Move these alone: run flux migrate, then install the CRDs of 2.9. Bring flux-system to 2.9 with its next upgrade.`,
    );
    expect(blocked(parts)).toContain("Order: flux migrate, CRDs of 2.9, 2.9.");
  });

  test("end at a minor that this Kubernetes runs, and what a newer one opens is named", () => {
    const parts = { workloads: toolkit("v2.7.5", noImages), crds: [...plainCrds("v2.7.5"), ...imageCrds("v2.2.3")], kubernetes: "v1.32.4" };
    expect(blocked(parts)).toContain("Order: CRDs of 2.6, flux migrate, CRDs of 2.7. 2.8 and 2.9 need Kubernetes 1.33; this is 1.32.4.");
  });

  test("are named also where the way up is not known", () => {
    const old = { release: "v0.20.0", stored: ["v1alpha1"], served: ["v1alpha1"], storage: "v1alpha1" };
    const others = toolkitCrds("v2.9.4").filter(({ plural }) => plural !== "imagepolicies");
    const parts = { workloads: toolkit("v2.9.4"), crds: [...others, crd("imagepolicies.image.toolkit.fluxcd.io", old)] };
    const why =
      "the API data know no release up to Flux 2.9 that leads past the stored versions of imagepolicies.image.toolkit.fluxcd.io (v1alpha1).";
    expect(row(parts)).toBe("Mixed AlignControllers Warning Unknown");
    expect(advice(parts)).toBe(`CRDs that stayed behind Flux 2.9: imagepolicies. The way up is not known: ${why}`);
    expect(blocked(parts)).toBe(`Unknown/WayUnknown: The way to the newest Flux 2 is not known: ${why}`);
  });
});

describe("what is set aside, or early, makes no sentence false", () => {
  test("ignored Flux 1 is said beside its absence", () => {
    const spec = { ignore: [{ namespace: "flux", reason: "known" }] };
    const status = statusOf({ workloads: [fluxd(), ...toolkit("v2.9.4")], crds: toolkitCrds("v2.9.4"), spec });
    expect(told(status).Flux1Present).toBe(
      "False/NotFound: No fluxd and no Helm Operator in any namespace (beside 1 component set aside).",
    );
  });

  test("before the first row there is nothing to do, but Flux 1 is there", () => {
    expect(statusOf({ workloads: [fluxd()], now: "2019-01-01" }).summary.message).toBe(
      "Nothing to do: fluxd 1.25.4 in phase NotAnnounced.",
    );
  });

  test("stale data says as of when a toolkit was supported", () => {
    const { summary } = statusOf({ workloads: toolkit("v2.9.4"), crds: toolkitCrds("v2.9.4"), now: "2027-03-01" });
    expect(summary.message).toContain("(Current as of 2026-08-07)");
  });

  test("each right that is missing is named, however many", () => {
    const kinds = ["a", "b", "c", "d", "e", "f"].map((name) => ({ ...FORBIDDEN, resource: `${name}.example.com` }));
    expect(statusOf({ unreadable: kinds }).summary.message).toContain(
      "list and watch on a.example.com, b.example.com, c.example.com, d.example.com, e.example.com, f.example.com",
    );
  });
});
