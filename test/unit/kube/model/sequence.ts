/** Sequences of events: what happens in a cluster and on the way to it, made up at random. Plays none of them (play.ts). */
import * as fc from "fast-check";
import type { Shape } from "./frames.ts";
import type { Asked, Failure } from "./server.ts";
import type { World } from "./world.ts";

export type Place = readonly [namespace: string, name: string];

/** What happens in the cluster. */
export type WorldStep =
  | { does: "create" | "recreate"; place: Place; shape: Shape }
  | { does: "update"; place: Place; shape?: Shape | undefined }
  | { does: "remove"; place: Place }
  | { does: "rename"; place: Place; to: Place };

/** One member a word, so that a switch over them is whole. */
type Doing<Word> = Word extends string ? { does: Word } : never;

/** What happens between the cluster and us. */
export type WireStep =
  | Doing<
      "look" | "turn" | "passBy" | "bookmark" | "end" | "compact" | "relist" | "hold" | "release" | "raw" | "garbage" | "hour" | "second"
    >
  | { does: "cut"; afterBytes: number }
  | { does: "fail"; asked: Asked; failure: Failure }
  | { does: "lag"; versions: number }
  | { does: "pieces"; bytes: number }
  | { does: "gone"; told: "Answer" | "Frame" }
  | { does: "tables"; served: boolean };

export type Step = WorldStep | WireStep;

const IMAGES = ["nginx:1", "ghcr.io/fluxcd/source-controller:v1.9.4", "docker.io/fluxcd/flux:1.25.4"];

/** Accepted by the server as they are; the second half is made to be misread. */
const STRANGE_IMAGES = [
  "docker.io/fluxcd/helm-operator:1.4.4",
  "weaveworks/flux:1.8.1",
  "mirror.example:5000/team/fluxcd/kustomize-controller@sha256:0011",
  "nginx:1,ghcr.io/fluxcd/source-controller:v1.9.4",
  'ghcr.io/fluxcd/notification-controller:v1\n{"type":"DELETED"',
  '"}],"rows":[{"cells":["fluxd","0/1"',
  '","images":"fluxcd/flux',
  "fluxcd/flux\\",
  "<fluxcd/flux>&\u2028\u0000",
  `${"x".repeat(300)}/fluxcd/flux:1`,
  "docker.io/FLUXCD/flux",
  "fluxcd",
  "",
];

const place = fc.tuple(fc.constantFrom("flux-system", "apps"), fc.constantFrom("fluxd", "web"));
const image = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...IMAGES) }, { weight: 1, arbitrary: fc.constantFrom(...STRANGE_IMAGES) });
const shape: fc.Arbitrary<Shape> = fc.record(
  {
    images: fc.oneof({ weight: 3, arbitrary: fc.tuple(image) }, { weight: 1, arbitrary: fc.tuple(image, image) }),
    command: fc.constantFrom(["sleep", "1"], ["fluxd"], ["/bin/fluxd", "--git-url=x"]),
    note: fc.constantFrom("fluxcd/flux", '"metadata":{"name":"fluxd"'),
  },
  { requiredKeys: ["images"] },
);
const doing = (...steps: Step[]) => fc.constantFrom(...steps);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant("create" as const), place, shape }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant("update" as const), place, shape: fc.option(shape, { nil: undefined }) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("remove" as const), place }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("recreate" as const), place, shape }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("rename" as const), place, to: place }) },
  { weight: 8, arbitrary: doing({ does: "turn" }) },
  { weight: 3, arbitrary: doing({ does: "second" }) },
  { weight: 3, arbitrary: doing({ does: "look" }, { does: "passBy" }, { does: "bookmark" }) },
  { weight: 2, arbitrary: doing({ does: "end" }, { does: "compact" }, { does: "relist" }, { does: "hour" }) },
  { weight: 2, arbitrary: doing({ does: "hold" }, { does: "release" }, { does: "raw" }, { does: "garbage" }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("cut" as const), afterBytes: fc.nat(900) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("fail" as const),
      asked: fc.constantFrom<Asked>("List", "Page", "Name", "Watch", "Version"),
      failure: fc.constantFrom<Failure>("Expired", "Future", "Busy", "Broken", "Away", "Unauthorized", "Cut", "Refused"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("lag" as const), versions: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("pieces" as const), bytes: fc.constantFrom(50, 700, 65_536) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("gone" as const), told: fc.constantFrom("Answer" as const, "Frame" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("tables" as const), served: fc.boolean() }) },
);

export const sequence: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 2, maxLength: 8 });

export function isWorldStep(wanted: Step): wanted is WorldStep {
  return ["create", "recreate", "update", "remove", "rename"].includes(wanted.does);
}

export function changeWorld(world: World, wanted: WorldStep): void {
  const [namespace, name] = wanted.place;
  switch (wanted.does) {
    case "create":
      world.create(namespace, name, wanted.shape);
      break;
    case "recreate":
      world.remove(namespace, name);
      world.create(namespace, name, wanted.shape);
      break;
    case "update":
      world.update(namespace, name, wanted.shape);
      break;
    case "remove":
      world.remove(namespace, name);
      break;
    case "rename": {
      const moved = world.remove(namespace, name);
      if (moved) world.create(...wanted.to, moved);
      break;
    }
    default:
      wanted satisfies never;
  }
}
