/** Every form of the installation that deploy/ has without Helm, and what is the same in all of them. */
import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";
import * as z from "zod";

export interface Form {
  readonly name: string;
  /** kubectl's flags that name it. */
  readonly flags: readonly [string, string];
  readonly replicas: number;
}

export const FORMS: readonly Form[] = [
  { name: "install.yaml", flags: ["-f", "deploy/install.yaml"], replicas: 1 },
  { name: "install-legacy.yaml", flags: ["-f", "deploy/install-legacy.yaml"], replicas: 1 },
  { name: "base", flags: ["-k", "deploy/base"], replicas: 1 },
  { name: "overlays/ha", flags: ["-k", "deploy/overlays/ha"], replicas: 2 },
  { name: "overlays/restricted", flags: ["-k", "deploy/overlays/restricted"], replicas: 1 },
];

const Installed = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
export type Installed = z.infer<typeof Installed>;

export function objectsOf(text: string): Installed[] {
  return loadAll(text).map((document) => Installed.parse(document));
}

export function objectsIn(file: string): Installed[] {
  return objectsOf(readFileSync(file, "utf8"));
}

/** "Deployment flux-migration-operator" */
export function called({ kind, metadata }: Installed): string {
  return `${kind} ${metadata.name}`;
}

const Port = z.looseObject({ name: z.string(), containerPort: z.int() });
const Probe = z.looseObject({ httpGet: z.looseObject({ path: z.string(), port: z.string() }) });

export const PodSpec = z.looseObject({
  containers: z.tuple([
    z.looseObject({
      image: z.string(),
      args: z.array(z.string()),
      ports: z.array(Port),
      livenessProbe: Probe,
      readinessProbe: Probe,
      securityContext: z.looseObject({}),
    }),
  ]),
  securityContext: z.looseObject({}),
});
export type PodSpec = z.infer<typeof PodSpec>;

export const Deployment = z.looseObject({
  kind: z.literal("Deployment"),
  spec: z.looseObject({
    replicas: z.int(),
    strategy: z.looseObject({ type: z.string(), rollingUpdate: z.unknown().optional() }),
    template: z.looseObject({ spec: PodSpec }),
  }),
});
