/** What an operator is given by whoever starts it: the cluster, the data, the settings, and whom to tell. */
import type { Assessment } from "../assess/assess.ts";
import type { Subject } from "../assess/subject.ts";
import type { Data } from "../data/read-data.ts";
import type { BackoffTimings } from "../kube/backoff.ts";
import type { KubeClient } from "../kube/client.ts";
import type { KubeLog } from "../kube/log.ts";
import type { ReflectorSource, ReflectorTimings } from "../kube/reflector.ts";
import type { Observer } from "./watched.ts";

export interface OperatorOptions {
  client: KubeClient;
  data: Data;
  log: KubeLog;
  clock: () => Date;
  settings: { clusterName: string; edition: string; ownerLabel?: string; operatorVersion: string; instance: string };
  /** True: everything is judged, nothing is written. */
  dryRun?: boolean;
  /** True: the singleton is not made where there is none. */
  awaitStatus?: boolean;
  /** Told why there is no judgement that stands: the object is suspended, a newer operator keeps it, or its status may not be written. */
  heldBack?: (why: string) => void;
  /** Told of each judgement of the singleton, written or not, and of what it was made from. */
  assessed?: (assessment: Assessment, subject: Subject) => void;
  /** Whether this replica may write. It watches all the same, so that it can take over at once. Default: it may. */
  leading?: () => boolean;
  observer?: Observer;
  /** `full`: whole objects from the start. Default: Tables, as long as the server gives them. */
  reflectorSource?: ReflectorSource;
  timings?: {
    reflector?: Partial<ReflectorTimings>;
    writeIntervalMs?: number;
    clockCheckMs?: number;
    countIntervalMs?: number;
    unavailableGraceMs?: number;
    /** Between the tries of a pass that failed. */
    retry?: BackoffTimings;
    /** Between the corrections of a status that somebody else writes as well. */
    rivalry?: BackoffTimings;
  };
}
