/**
 * `npm run control-plane`: a control plane alone, to point kubectl or the operator at, until Ctrl-C or SIGTERM. Holds no objects but
 * those that every cluster has. `-- 1.20` makes it the oldest Kubernetes that the product runs on.
 */
import { findBinaries, KUBERNETES } from "./binaries.ts";
import { startControlPlane } from "./control-plane.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);

const A_DAY_MS = 86_400_000;

/** Resolves at the first Ctrl-C or SIGTERM. Later ones are heard and ignored: npm sends a second one after that of the terminal, which
 *  must not cut the stop short. */
function askedToStop(): Promise<string> {
  return new Promise((resolve) => {
    process.on("SIGINT", () => resolve("Ctrl-C"));
    process.on("SIGTERM", () => resolve("SIGTERM"));
  });
}

async function run(wanted = "Newest"): Promise<void> {
  const kubernetes = KUBERNETES.find((known) => known === wanted);
  if (kubernetes === undefined)
    throw new Error(`${JSON.stringify(wanted)} is no Kubernetes known here; want 1.20, or nothing for the newest`);
  const controlPlane = await startControlPlane({ binaries: await findBinaries(say, kubernetes), progress: say });
  // Heard before anything is said: whoever reads the lines below may send a signal at once.
  const asked = askedToStop();
  // Neither a control plane nor a handler of signals keeps the process alive.
  const alive = setInterval(() => undefined, A_DAY_MS);
  process.stdout.write(`export KUBECONFIG=${controlPlane.kubeconfig}\n`);
  process.stdout.write("kubectl get namespaces\n");
  say(`Paste both lines into another terminal. Logs and the audit log: ${controlPlane.folder}`);
  say("Ctrl-C stops the control plane and forgets all that is in it.");
  const end = await Promise.race([asked, controlPlane.died.then((what) => ({ died: what }))]);
  clearInterval(alive);
  if (typeof end === "string") {
    say(`${end}: stopping`);
  } else {
    say(end.died);
    process.exitCode = 1;
  }
  await controlPlane.stop();
}

try {
  await run(process.argv[2]);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
