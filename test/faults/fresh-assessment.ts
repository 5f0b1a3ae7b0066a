/** The oracle: an assessment of plain, whole lists, read directly from the API server. It shares the judging with the operator, and none of its reading. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { type MigrationStatus, MigrationStatusSpec, MigrationStatusStatus } from "../../src/api/migration-status.ts";
import { MigrationTimetable } from "../../src/api/migration-timetable.ts";
import { type Assessment, assess } from "../../src/assess/assess.ts";
import { timetableNamed } from "../../src/assess/chosen-timetable.ts";
import type { Look } from "../../src/assess/look.ts";
import type { Subject } from "../../src/assess/subject.ts";
import { editionNamed } from "../../src/data/load.ts";
import type { Data } from "../../src/data/read-data.ts";
import { detectWorkload, type WorkloadKind } from "../../src/detect/component.ts";
import { readCrd } from "../../src/detect/crd.ts";
import { readNamespace } from "../../src/detect/namespace.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";

const List = z.looseObject({ kind: z.string(), apiVersion: z.string(), items: z.array(z.looseObject({})) });

const WORKLOADS: Record<WorkloadKind, string> = { Deployment: "deployments", StatefulSet: "statefulsets", DaemonSet: "daemonsets" };

/** Items of a list of built-in objects carry no kind of their own. @returns undefined where the kind is not served */
async function listed(cp: ControlPlane, path: string): Promise<object[] | undefined> {
  const { status, body, retryAfterSeconds } = await cp.request("GET", path);
  if (status === 404) return undefined;
  // A CRD that is new or on its way out.
  if (status === 429) {
    await sleep((retryAfterSeconds ?? 1) * 1000);
    return await listed(cp, path);
  }
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
  const { kind, apiVersion, items } = List.parse(body);
  return items.map((item) => ({ kind: kind.replace(/List$/, ""), apiVersion, ...item }));
}

/** @returns all that there is to see, as it is now */
export async function freshLook(cp: ControlPlane, data: Data): Promise<Look> {
  const kinds: readonly WorkloadKind[] = ["Deployment", "StatefulSet", "DaemonSet"];
  const workloads = kinds.map(async (kind) => {
    const objects = (await listed(cp, `/apis/apps/v1/${WORKLOADS[kind]}`)) ?? [];
    return objects.flatMap((object) => {
      const reading = detectWorkload(object, kind, data.catalogue, data.managers);
      return reading.at === "Read" ? reading.components : [];
    });
  });
  const namespaces = ((await listed(cp, "/api/v1/namespaces")) ?? []).flatMap((object) => {
    const reading = readNamespace(object);
    return reading.at === "Read" ? [[reading.namespace.name, reading.namespace] as const] : [];
  });
  const crds = ((await listed(cp, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")) ?? []).flatMap((object) => {
    const reading = readCrd(object, data.catalogue);
    return reading.at === "Read" ? [reading.crd] : [];
  });
  const established = crds.filter((crd) => crd.established);
  const counts = established.map(async ({ name, group, plural, storage }) => {
    const objects = await listed(cp, `/apis/${group}/${storage}/${plural}`);
    return objects === undefined ? [] : [[name, objects.length] as const];
  });
  const { body } = await cp.request("GET", "/api/v1/namespaces/kube-system");
  return {
    components: (await Promise.all(workloads)).flat(),
    crds,
    objects: new Map((await Promise.all(counts)).flat()),
    namespaces: new Map(namespaces),
    unreadable: [],
    kubernetesVersion: cp.version,
    clusterUid: z.looseObject({ metadata: z.looseObject({ uid: z.string() }) }).parse(body).metadata.uid,
  };
}

/** @param object the MigrationStatus that stands: its history and times go on */
export function freshAssessment(
  look: Look,
  object: MigrationStatus,
  timetables: readonly object[],
  { data, settings, now }: { data: Data; settings: Subject["settings"] & { edition: string }; now: Date },
): Assessment {
  const spec = MigrationStatusSpec.parse(object.spec ?? {});
  const own = editionNamed(settings.edition, data.editions, "edition");
  const read = timetables.map((timetable) => MigrationTimetable.parse(timetable));
  const chosen = spec.timetableRef ? timetableNamed(spec.timetableRef.name, read, data.editions) : { edition: own };
  if ("problem" in chosen) throw new Error(chosen.problem);
  return assess({
    look,
    ...chosen,
    data: data.reference,
    spec,
    generation: object.metadata.generation ?? 0,
    settings,
    ...(object.status === undefined ? {} : { previous: MigrationStatusStatus.parse(object.status) }),
    now,
  });
}
