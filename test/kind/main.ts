/**
 * `npm run test:kind`: the image as an engine builds it, on a cluster of kind, from the install file: it finds Flux 1, and sees it go.
 * Where Docker, kind or kubectl is not to be had it says so and ends with 0; with `--required`, with 1.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { VERSION } from "../../src/cli/version.ts";

const PROJECT = join(import.meta.dirname, "../..");
const IMAGE = `ghcr.io/flux-migration/flux-migration-operator:${VERSION}`;
const CLUSTER = `flux-migration-${process.pid}`;
const CONTEXT = ["--context", `kind-${CLUSTER}`];
const FLUXD = "test/demo/manifests/fluxd.yaml";

const { values: flags } = parseArgs({ options: { required: { type: "boolean", default: false } } });

/** What must answer before anything is made, and how to get it. */
const NEEDED = [
  { command: ["docker", "info"], otherwise: "start Docker" },
  { command: ["kind", "version"], otherwise: "install kind: https://kind.sigs.k8s.io" },
  { command: ["kubectl", "version", "--client"], otherwise: "install kubectl" },
];

/** @returns the exit code; a program that there is not has 127, as in a shell */
async function run(command: readonly string[], output: "inherit" | "ignore" = "inherit"): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd: PROJECT, stdio: ["ignore", output, output] });
  return await new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function must(...command: string[]): Promise<void> {
  process.stderr.write(`\n$ ${command.join(" ")}\n`);
  const code = await run(command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}`);
}

const kubectl = (...args: string[]) => must("kubectl", ...CONTEXT, ...args);

async function endToEnd(): Promise<void> {
  await must("docker", "build", "--tag", IMAGE, ".");
  await must("kind", "create", "cluster", "--name", CLUSTER, "--wait", "120s");
  await must("kind", "load", "docker-image", IMAGE, "--name", CLUSTER);
  await kubectl("apply", "--filename", FLUXD);
  await kubectl("apply", "--filename", "deploy/install.yaml");
  await kubectl("--namespace", "flux-migration", "rollout", "status", "deployment/flux-migration-operator", "--timeout=120s");
  await kubectl("wait", "--for=create", "migrationstatus/cluster", "--timeout=60s");
  await kubectl("wait", "--for=condition=Flux1Present", "migrationstatus/cluster", "--timeout=60s");
  await kubectl("get", "migrationstatus");
  await kubectl("delete", "--filename", FLUXD, "--timeout=120s");
  await kubectl("wait", "--for=condition=MigrationComplete", "migrationstatus/cluster", "--timeout=60s");
  await kubectl("get", "migrationstatus");
  await kubectl(
    "--namespace",
    "flux-migration",
    "wait",
    "--for=jsonpath={.status.containerStatuses[0].restartCount}=0",
    "pods",
    "--all",
    "--timeout=1s",
  );
}

async function missing(): Promise<string[]> {
  const codes = await Promise.all(NEEDED.map(({ command }) => run(command, "ignore")));
  return NEEDED.filter((_, index) => codes[index] !== 0).map(
    ({ command, otherwise }) => `${command.join(" ")} does not answer: ${otherwise}`,
  );
}

const reasons = await missing();
if (reasons.length > 0) {
  process.stdout.write(`\nSKIPPED: the end-to-end test on kind.\n${reasons.map((reason) => `- ${reason}\n`).join("")}`);
  process.exitCode = flags.required ? 1 : 0;
} else {
  try {
    await endToEnd();
    process.stdout.write("\npassed: the end-to-end test on kind\n");
  } catch (error) {
    process.stdout.write(`\nFAILED: the end-to-end test on kind: ${error instanceof Error ? error.message : String(error)}\n`);
    await run(["kubectl", ...CONTEXT, "--namespace", "flux-migration", "describe", "pods"]);
    await run(["kubectl", ...CONTEXT, "--namespace", "flux-migration", "logs", "deployment/flux-migration-operator", "--tail=50"]);
    process.exitCode = 1;
  } finally {
    await run(["kind", "delete", "cluster", "--name", CLUSTER]);
  }
}
