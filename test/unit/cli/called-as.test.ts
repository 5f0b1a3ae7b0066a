/** The name by which help speaks of the program. */
import { expect, test } from "@jest/globals";
import { calledAs, kubectlCompletes } from "../../../src/cli/called-as.ts";

test.each([
  ["/usr/local/bin/flux-migration", {}, "flux-migration"],
  ["flux-migration", {}, "flux-migration"],
  ["/app/flux-migration.mjs", {}, "flux-migration"],
  ["/home/a/.krew/bin/kubectl-flux_migration", {}, "kubectl flux-migration"],
  ["kubectl-flux_migration.exe", {}, "kubectl flux-migration"],
  ["/home/a/.fluxcd/plugins/flux-migration", {}, "flux migration"],
  ["/opt/plugins/flux-migration", { FLUXCD_PLUGINS: "/opt/plugins/" }, "flux migration"],
  ["/home/a/.fluxcd/plugins/flux-migration", { FLUXCD_PLUGINS: "/opt/plugins" }, "flux-migration"],
  ["/home/a/.fluxcd/plugins/kubectl-flux_migration", {}, "kubectl flux-migration"],
  ["", {}, "flux-migration"],
] as const)("%s with %j is called %s", (file, environment, expected) => {
  expect(calledAs(file, environment, "/home/a")).toBe(expected);
});

test("a user without a home folder, as in a container, has no plugins of flux", () => {
  expect(calledAs("/.fluxcd/plugins/flux-migration", {}, undefined)).toBe("flux-migration");
});

test("kubectl asks by a name of its own", () => {
  expect(
    ["/bin/kubectl_complete-flux_migration", "kubectl_complete-flux_migration.exe", "/bin/kubectl-flux_migration"].map(kubectlCompletes),
  ).toEqual([true, true, false]);
});
