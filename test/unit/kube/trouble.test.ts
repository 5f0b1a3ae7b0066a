/** What the reflector makes of an error, in all forms in which servers say the same. */
import { describe, expect, test } from "@jest/globals";
import { ConnectionError, StatusError, statusErrorFrom, statusErrorOf } from "../../../src/kube/errors.ts";
import { FrameError } from "../../../src/kube/frames.ts";
import { refusalSentence, troubleOf } from "../../../src/kube/trouble.ts";

const DEPLOYMENTS = { group: "apps", version: "v1", plural: "deployments" };
const now = new Date("2026-01-01T00:00:00Z");
const status = (code: number, reason = "", serverMessage = "") => new StatusError({ request: "GET /x", code, reason, serverMessage });

describe("the reason", () => {
  test.each([
    ["410 as the HTTP status", status(410, "Expired"), "Expired"],
    [
      "410 as the object of an ERROR event",
      statusErrorOf("watch x", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version: 1 (9)" }),
      "Expired",
    ],
    ["410 by its reason alone", status(500, "Gone"), "Expired"],
    [
      "a version to come, by its cause",
      statusErrorFrom(
        "GET /x",
        504,
        '{"kind":"Status","reason":"Timeout","code":504,"details":{"causes":[{"reason":"ResourceVersionTooLarge"}]}}',
        undefined,
        now,
      ),
      "FutureVersion",
    ],
    [
      "a version to come, as 1.20 says it",
      status(504, "Timeout", "Timeout: Too large resource version: 9000, current: 800"),
      "FutureVersion",
    ],
    ["a slow etcd", status(504, "Timeout", "Timeout: request did not complete within requested timeout"), "ServerError"],
    ["401", status(401, "Unauthorized"), "Unauthorized"],
    ["403", status(403, "Forbidden"), "Forbidden"],
    ["404", status(404, "NotFound"), "NotFound"],
    ["429", status(429, "TooManyRequests"), "Throttled"],
    ["503", status(503), "ServerError"],
    ["silence", new ConnectionError("Silent", "x"), "Silent"],
    ["a refused connection", new ConnectionError("Failed", "x"), "Cut"],
    ["a credential plugin that fails", new ConnectionError("Credentials", "x"), "Credentials"],
    ["a broken line", new FrameError("x"), "Malformed"],
  ])("of %s", (_, error, wanted) => {
    expect(troubleOf(error)?.reason).toBe(wanted);
  });

  test("of a bug of ours is none", () => {
    expect(troubleOf(new TypeError("x is undefined"))).toBeUndefined();
  });
});

describe("a refusal", () => {
  const forbidden =
    'deployments.apps is forbidden: User "system:serviceaccount:flux:operator" cannot list resource "deployments" in API group "apps" at the cluster scope';

  test("names the resource, the verb and the user", () => {
    expect(refusalSentence(DEPLOYMENTS, "list", status(403, "Forbidden", forbidden))).toBe(
      "deployments.apps: list is forbidden (403) for system:serviceaccount:flux:operator",
    );
  });

  test("of another form names no user", () => {
    expect(refusalSentence(DEPLOYMENTS, "watch", status(403))).toBe("deployments.apps: watch is forbidden (403)");
  });

  test.each([
    ["a Status", '{"kind":"Status","code":404,"reason":"NotFound","message":"x not found"}', "GET /x: 404 NotFound: x not found"],
    ["text of a proxy", "no healthy upstream\n", "GET /x: 404: no healthy upstream"],
    ["JSON of somebody else", '{"error":"x"}', 'GET /x: 404: {"error":"x"}'],
    ["nothing", "", "GET /x: 404"],
  ])("with %s in its body is told in full", (_, text, message) => {
    expect(statusErrorFrom("GET /x", 404, text, undefined, now).message).toBe(message);
  });

  test("that fills its body is cut", () => {
    expect(statusErrorFrom("GET /x", 500, "x".repeat(100_000), undefined, now).message.length).toBeLessThan(3000);
  });

  test.each([
    ["7", 7],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["soon", undefined],
    [undefined, 3],
  ])("with Retry-After %p asks for %p s", (header, seconds) => {
    const text = header === undefined ? '{"kind":"Status","details":{"retryAfterSeconds":3}}' : "";
    expect(statusErrorFrom("GET /x", 429, text, header, now).retryAfterSeconds).toBe(seconds);
  });
});
