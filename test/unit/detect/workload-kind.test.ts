/** Which objects are workloads: by group and kind, in any version that Kubernetes has served. */
import { expect, test } from "@jest/globals";
import { workloadKindOf } from "../../../src/detect/workload-kind.ts";

test.each<[string, string, string | undefined]>([
  ["apps/v1", "Deployment", "Deployment"],
  ["apps/v1beta2", "StatefulSet", "StatefulSet"],
  ["extensions/v1beta1", "DaemonSet", "DaemonSet"],
  ["apps/v1", "ReplicaSet", undefined],
  ["apps.example.com/v1", "Deployment", undefined],
  ["v1", "Deployment", undefined],
])("%s %s: %s", (apiVersion, kind, expected) => expect(workloadKindOf(apiVersion, kind)).toBe(expected));
