/**
 * Each of fluxd's arguments: what it becomes, with Flux 1's default where it is not given, or why it becomes nothing. Those of syncing stand in
 * fluxd-sync.test.ts.
 */
import { describe, expect, test } from "@jest/globals";
import { FLUXD_BOOLEANS } from "../../../src/detect/fluxd-flags.ts";
import { deployment } from "../detect/workload-builder.ts";
import { fluxd, leftOf, namesOf, only, planned } from "./plan-builder.ts";

const automated = deployment("shop", "web", {
  image: "r.example.com/web:1.0.0",
  annotations: { "fluxcd.io/automated": "true", "fluxcd.io/tag.web": "semver:~1" },
});
const from = (...args: string[]) => planned([fluxd(args), automated]);
const git = (...args: string[]) => only(from(...args), "GitRepository").spec;
const updates = (...args: string[]) => only(from(...args), "ImageUpdateAutomation").spec;

test("Flux 1's defaults are written out", () => {
  const plan = from();
  expect(only(plan, "GitRepository")).toEqual({
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: { name: "fleet", namespace: "flux-system" },
    spec: {
      interval: "5m",
      url: "ssh://git@git.example.com/platform/fleet",
      ref: { branch: "master" },
      timeout: "20s",
      secretRef: { name: "flux-git-deploy" },
    },
  });
  expect(only(plan, "Kustomization").spec).toEqual({
    interval: "5m",
    timeout: "1m",
    prune: false,
    suspend: true,
    sourceRef: { kind: "GitRepository", name: "fleet" },
    path: "./",
  });
  expect(only(plan, "ImageUpdateAutomation").spec).toEqual({
    interval: "5m",
    suspend: true,
    sourceRef: { kind: "GitRepository", name: "fleet" },
    git: {
      checkout: { ref: { branch: "master" } },
      commit: { author: { name: "Weave Flux", email: "support@weave.works" } },
      push: { branch: "master" },
    },
    update: { strategy: "Setters", path: "./" },
  });
  expect(only(plan, "ImageRepository").spec).toEqual({ image: "r.example.com/web", interval: "5m" });
});

describe("GitRepository", () => {
  test.each([
    ["git@git.example.com:platform/fleet", "ssh://git@git.example.com/platform/fleet"],
    ["git.example.com:platform/fleet.git", "ssh://git.example.com/platform/fleet.git"],
    ["ssh://git@git.example.com:2222/platform/fleet", "ssh://git@git.example.com:2222/platform/fleet"],
    ["https://git.example.com/platform/fleet.git", "https://git.example.com/platform/fleet.git"],
  ])("--git-url=%s", (given, url) => expect(git(`--git-url=${given}`)).toMatchObject({ url }));

  test("a repository over https needs no key of ssh, and no Secret where it is public", () => {
    const plan = from("--git-url=https://git.example.com/platform/fleet", "--k8s-secret-name=key");
    expect(only(plan, "GitRepository").spec.secretRef).toBeUndefined();
    expect(leftOf(plan)).toContainEqual("--k8s-secret-name: it is for ssh, and --git-url is not ssh");
  });

  test.each(["git://git.example.com/fleet", "fleet", "file:///fleet", "$(GIT_URL)"])(
    "--git-url=%s is listed, and so is all else",
    (url) => {
      const plan = planned([fluxd([`--git-url=${url}`, "--git-branch=main"])]);
      expect(plan.objects).toEqual([]);
      expect(plan.untranslated.map(({ field }) => field)).toEqual(["--git-url", "--git-branch"]);
    },
  );

  test("arguments from the environment, where the manifest holds it", () => {
    const container = {
      name: "flux",
      image: "fluxcd/flux:1.25.4",
      args: ["--git-url=$(REPO)", "--git-branch=$$(X)"],
      env: [{ name: "REPO", value: "git@git.example.com:a/b" }],
    };
    const plan = planned([deployment("flux", "flux", { beside: [container] })]);
    expect(only(plan, "GitRepository").spec).toMatchObject({ url: "ssh://git@git.example.com/a/b", ref: { branch: "$(X)" } });
  });

  test("a shell that ends in fluxd", () => {
    const plan = planned([
      deployment("flux", "flux", {
        image: "fluxcd/flux:1.25.4",
        command: ["sh", "-c", "exec fluxd --git-url=git@h.example.com:a/b --git-branch=x"],
      }),
    ]);
    expect(only(plan, "GitRepository").spec).toMatchObject({ url: "ssh://git@h.example.com/a/b", ref: { branch: "x" } });
  });

  test.each([
    ["--git-branch=main", { ref: { branch: "main" } }],
    ["--git-poll-interval=1m30s", { interval: "1m30s" }],
    ["--git-timeout=1h", { timeout: "60m" }],
    ["--k8s-secret-name=deploy-key", { secretRef: { name: "deploy-key" } }],
    ["--git-verify-signatures", { verify: { mode: "HEAD", secretRef: { name: "flux-git-signers" } } }],
    ["--git-verify-signatures-mode=all", { verify: { mode: "HEAD", secretRef: { name: "flux-git-signers" } } }],
  ])("%s", (flag, spec) => expect(git(flag)).toMatchObject(spec));

  test("what no duration can be leaves the default, and is listed", () => {
    const plan = from("--git-poll-interval=soon", "--sync-interval=-5m", "--sync-timeout=0");
    expect(only(plan, "GitRepository").spec.interval).toBe("5m");
    expect(plan.untranslated.map(({ field }) => field)).toEqual(
      expect.arrayContaining(["--git-poll-interval", "--sync-interval", "--sync-timeout"]),
    );
  });

  test("first parents alone have no equal", () => {
    const plan = from("--git-verify-signatures-mode=first-parent", "--git-gpg-key-import=/keys");
    expect(only(plan, "GitRepository").spec.verify).toBeUndefined();
    expect(leftOf(plan)).toContainEqual("--git-verify-signatures-mode: Flux 2 verifies the head, not the first parents alone");
    expect(leftOf(plan)).toContainEqual("--git-gpg-key-import: nothing in Flux 2 decrypts, verifies or signs with these keys");
  });

  test("known_hosts is a step for a person", () => {
    const chore = from().chores.find(({ text }) => text.includes("known_hosts"));
    expect(chore?.commands).toEqual([
      "flux create secret git flux-git-deploy -n flux-system --url=ssh://git@git.example.com/platform/fleet --private-key-file=identity",
    ]);
  });
});

test("imported GPG keys are for SOPS, for verification and for signing; each that is on has its Secret", () => {
  const told = (...flags: string[]) => {
    const plan = planned([fluxd(["--git-gpg-key-import=/keys", ...flags])]);
    const stands = plan.translations.filter(({ field }) => field === "--git-gpg-key-import").map(({ to }) => to);
    return [...stands, ...leftOf(plan).filter((line) => line.startsWith("--git-gpg-key-import"))];
  };
  const sops = "Kustomization flux-system/fleet spec.decryption.secretRef";
  expect(told("--sops")).toEqual([sops]);
  expect(told("--sops", "--git-verify-signatures")).toEqual(["GitRepository flux-system/fleet spec.verify.secretRef", sops]);
  const none = "--git-gpg-key-import: nothing in Flux 2 decrypts, verifies or signs with these keys";
  for (const flags of [[], ["--git-signing-key=A"], ["--sops", "--git-path=.."]]) expect(told(...flags)).toEqual([none]);
});

test("the private key is where --k8s-secret-data-key says", () => {
  const told = (...flags: string[]) => from(...flags).chores.find(({ text }) => text.includes("private key"))?.text;
  expect(told()).toContain("its key `identity` is Flux 1's private key;");
  expect(told("--k8s-secret-data-key=deploy")).toContain("its key `deploy` is Flux 1's private key, which Flux 2 reads as `identity`;");
});

describe("ImageUpdateAutomation", () => {
  test.each([
    [["--git-user=Bot", "--git-email=bot@example.com"], { git: { commit: { author: { name: "Bot", email: "bot@example.com" } } } }],
    [["--git-signing-key=ABCD"], { git: { commit: { signingKey: { secretRef: { name: "flux-git-signing-key" } } } } }],
    [["--git-ci-skip"], { git: { commit: { messageTemplate: "Update container images\n\n[ci skip]" } } }],
    [["--git-ci-skip-message={{no}}"], { git: { commit: { messageTemplate: 'Update container images\n\n{{"{{"}}no}}' } } }],
    [["--automation-interval=7m", "--registry-poll-interval=9m"], { interval: "7m" }],
    [["--registry-poll-interval=9m"], { interval: "9m" }],
  ])("%p", (flags, spec) => expect(updates(...flags)).toMatchObject(spec));

  test("the interval is that of scanning, too", () => {
    expect(only(from("--registry-poll-interval=9m"), "ImageRepository").spec.interval).toBe("9m");
    expect(leftOf(from("--automation-interval=7m", "--registry-poll-interval=9m"))).toContainEqual(
      "--registry-poll-interval: --automation-interval is given, and counts",
    );
  });

  test.each([["--git-readonly"], ["--git-readonly=true"], ["--registry-disable-scanning"]])(
    "none with %s, and its flags are listed",
    (flag) => {
      const plan = from(flag, "--git-user=Bot");
      expect(namesOf(plan)).toEqual(["GitRepository flux-system/fleet", "Kustomization flux-system/fleet"]);
      const why = "fluxd runs without image automation (--git-readonly or --registry-disable-scanning)";
      expect(leftOf(plan)).toEqual(expect.arrayContaining([`--git-user: ${why}`, `fluxcd.io/automated: ${why}`]));
    },
  );

  test("none where no image is automated", () => {
    const plan = planned([fluxd(["--git-user=Bot"])]);
    expect(leftOf(plan)).toContainEqual("--git-user: no image is automated");
  });
});

test("--connect becomes Provider and Alert, and the chat's address a step", () => {
  const plan = from("--connect=ws://fluxcloud");
  expect(only(plan, "Provider").spec).toEqual({ type: "slack", secretRef: { name: "fluxcloud-webhook" } });
  expect(only(plan, "Alert").spec).toMatchObject({
    suspend: true,
    providerRef: { name: "fluxcloud" },
    eventSources: [{ kind: "GitRepository" }, { kind: "Kustomization" }],
  });
  expect(plan.chores.some(({ text }) => text.includes("chat's address"))).toBe(true);
});

test("--connect to Weave Cloud is listed, without its token", () => {
  const plan = from("--connect=wss://cloud.weave.works/api/flux", "--token=s3cr3t-canary-token");
  expect(leftOf(plan)).toContainEqual("--connect: Weave Cloud has ended");
  expect(JSON.stringify(plan)).not.toContain("s3cr3t-canary-token");
});

/** A flag of 1.25.4 and, where it has one, its value. */
const LISTED = [
  "--git-secret",
  "--git-set-author",
  "--git-label=x",
  "--git-sync-tag=x",
  "--git-notes-ref=x",
  "--sync-state=secret",
  "--manifest-generation",
  "--memcached-hostname=m",
  "--memcached-timeout=1s",
  "--registry-rps=50",
  "--registry-burst=10",
  "--registry-trace",
  "--ssh-keygen-dir=/x",
  "--ssh-keygen-bits=4096",
  "--listen=:3030",
  "--listen-metrics=:3031",
  "--k8s-in-cluster",
  "--k8s-verbosity=1",
  "--k8s-unsafe-exclude-resource=x",
  "--docker-config=/x",
  "--rpc-timeout=10s",
  "--log-format=json",
  "--no-such-flag=1",
]; // prettier-ignore

test.each(LISTED)("%s is listed with a reason", (flag) => {
  const name = flag.replace(/=.*/, "");
  expect(from(flag).untranslated).toContainEqual({
    subject: "Deployment flux/flux",
    field: name,
    reason: expect.stringMatching(/^\S.{10,}/),
  });
});

test("every boolean of fluxd is translated or listed, however it is written", () => {
  for (const flag of FLUXD_BOOLEANS) {
    for (const written of [[`--${flag}`], [`--${flag}=false`], [`--${flag}`, "--git-label=x"]]) {
      const plan = from(...written);
      const fields = [...plan.translations, ...plan.untranslated].map(({ field }) => field);
      expect([flag, fields.includes(`--${flag}`)]).toEqual([flag, true]);
    }
  }
});

test("what the cluster has already, and what flux bootstrap makes, is never taken over", () => {
  const there = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", metadata: { name: "fleet", namespace: "flux-system" } };
  expect(only(planned([fluxd([]), there]), "GitRepository").metadata.name).toBe("fleet-2");
  expect(only(planned([fluxd(["--git-url=git@h.example.com:a/flux-system"])]), "GitRepository").metadata.name).toBe("flux-system-2");
});

test("a fluxd in the toolkit's namespace keeps its Secret, also where the files have it", () => {
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "flux-git-deploy", namespace: "flux" } };
  const plan = planned([fluxd([]), secret], { toolkitNamespace: "flux" });
  expect(only(plan, "GitRepository").spec.secretRef).toEqual({ name: "flux-git-deploy" });
});
