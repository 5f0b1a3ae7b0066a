/**
 * Modules that libraries import and that we never run: the bundle holds a stub in the place of each, which says so when it is called after
 * all. Left in, they would be two thirds of the bundle. A name that a library imports and that is missing here fails the build.
 */
import type { Plugin } from "esbuild";

interface AbsentModule {
  /** As it is imported. */
  readonly path: string;
  /** Only where a file of this package imports it. */
  readonly importer: string;
  /** What is imported from it. */
  readonly names: readonly string[];
  /** What to say when one is called. */
  readonly why: string;
}

const CLIENT = "@kubernetes/client-node";
const OWN_TRANSPORT = "requests go through node:https (src/kube/exchange.ts)";

export const ABSENT_MODULES: readonly AbsentModule[] = [
  { path: "undici", importer: CLIENT, names: ["Agent", "ProxyAgent"], why: OWN_TRANSPORT },
  { path: "./gen/index.js", importer: CLIENT, names: ["createConfiguration", "ServerConfiguration"], why: OWN_TRANSPORT },
  { path: "./middleware.js", importer: CLIENT, names: ["setHeaderMiddleware"], why: OWN_TRANSPORT },
  {
    path: "jsonpath-plus",
    importer: CLIENT,
    names: ["JSONPath"],
    why: "the auth providers gcp and azure cannot renew a token, as in kubectl since 1.26; use an exec plugin (kubelogin, gke-gcloud-auth-plugin)",
  },
  { path: "thread-stream", importer: "pino", names: ["default"], why: "the log is written in this process, without transports" },
  {
    path: "@opentelemetry/api",
    importer: "prom-client",
    names: [],
    why: "no trace is attached to a metric, and prom-client's default metrics are not collected",
  },
  { path: "tdigest", importer: "prom-client", names: ["TDigest"], why: "no metric is a summary" },
  { path: "node:child_process", importer: "commander", names: ["default"], why: "no command of ours is a program of its own" },
  { path: "supports-color", importer: "debug", names: ["default"], why: "debug does without where it is not installed" },
];

const NAMESPACE = "absent";

/** Puts stubs where the modules above are imported. */
export const absentModules: Plugin = {
  name: "absent modules",
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, importer }) =>
      ABSENT_MODULES.some((absent) => absent.path === path && importer.includes(`/node_modules/${absent.importer}/`))
        ? { path, namespace: NAMESPACE }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: ABSENT_MODULES.filter((absent) => absent.path === path)
        .map(stubOf)
        .join("\n"),
      loader: "js",
    }));
  },
};

/** Functions: they can be called and constructed, and esbuild refuses an import of a name that is not declared. */
function stubOf({ path, names, why }: AbsentModule): string {
  const body = `throw new Error(${JSON.stringify(`${path} is not part of this program: ${why}`)});`;
  return names.map((name) => `export ${name === "default" ? "default function" : `function ${name}`}() { ${body} }`).join("\n");
}
