/**
 * Events that are not taken, or never answered: no status waits for one.
 * @newest-only: what is broken stands between the operator and the server
 */
import { afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { describeOnControlPlane } from "../../control-plane/suite.ts";
import { fluxd, helmOperator } from "../../unit/assess/subject-builder.ts";
import { deployment } from "../../unit/detect/workload-builder.ts";
import { type FaultyProxy, startFaultyProxy } from "../kube/faulty-proxy.ts";
import { deployments } from "./manifests.ts";
import { eventually, OperatorFixture } from "./operator-fixture.ts";

/** A request that nobody answers ends after thirty seconds: a status that waits for one comes later than this. */
const SOON_MS = 10_000;

describeOnControlPlane("Events", (get) => {
  const fixture = new OperatorFixture(get);
  let proxy: FaultyProxy;

  const isEvent = (method: string, { pathname }: URL) => method === "POST" && pathname.endsWith("/events");
  const shows = (what: object) =>
    eventually(
      () => fixture.status(),
      (status) => expect(status?.summary).toMatchObject(what),
      SOON_MS,
    );

  beforeAll(async () => {
    await fixture.installCrds();
    await fixture.apply(fluxd());
  });
  beforeEach(async () => {
    proxy = await startFaultyProxy(get());
  });
  afterEach(() => proxy.close());

  test("one that is refused for the moment is told later", async () => {
    await fixture.startReady({ through: proxy.url });
    await shows({ fluxd: "1.25.4" });
    let refused = 0;
    proxy.fault = (...request) =>
      isEvent(...request) && ++refused === 1 ? { answer: { status: 429, headers: { "retry-after": "1" } } } : undefined;
    await fixture.apply(helmOperator());
    await eventually(
      () => fixture.events(),
      (events) => expect(events).toContain("Warning Flux1Detected: Found helm-operator in flux/helm-operator."),
    );
    expect(refused).toBeGreaterThan(1);
    await fixture.remove(deployments("flux", "helm-operator"));
    await shows({ helmOperator: "None" });
  });

  test("one of a status whose answer was lost is told as soon as the status is seen", async () => {
    await fixture.startReady({ through: proxy.url });
    await shows({ fluxd: "1.25.4" });
    let lost = 0;
    proxy.fault = (method) => (method === "PATCH" && ++lost === 1 ? { hangUp: "CarriedOut" } : undefined);
    await fixture.apply(deployment("team", "flux", { image: "docker.io/fluxcd/flux:1.24.3" }));
    await eventually(
      () => fixture.events(),
      (events) => expect(events).toContain("Warning Flux1Detected: Found fluxd in team/flux."),
    );
    expect(lost).toBeGreaterThan(0);
    await fixture.remove("/apis/apps/v1/namespaces/team/deployments/flux");
    await shows({ fluxd: "1.25.4" });
  });

  test("those that are never answered hold up neither the next judgement nor that of the next process", async () => {
    proxy.fault = (...request) => (isEvent(...request) ? { unanswered: true } : undefined);
    const one = await fixture.startReady({ through: proxy.url });
    await fixture.apply(helmOperator());
    await shows({ helmOperator: "1.4.4" });
    await fixture.remove(deployments("flux", "flux"));
    await shows({ fluxd: "None" });
    proxy.cut();
    await one.stop();
    await fixture.apply(fluxd());
    await fixture.start({ through: proxy.url });
    await shows({ fluxd: "1.25.4" });
    proxy.fault = () => undefined;
  });
});
