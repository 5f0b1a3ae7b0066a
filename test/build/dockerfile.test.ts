/** The reader of the Dockerfile: what it reads, and that it passes over nothing. */
import { expect, test } from "@jest/globals";
import { parseDockerfile } from "../../build/dockerfile.ts";

const read = (...lines: string[]) => parseDockerfile(lines.join("\n"));

test("stages, arguments, copies and commands", () => {
  const text = ["ARG BASE=one:1", "# a comment", "", "FROM --platform=$BUILDPLATFORM $BASE AS build", 'RUN ["npm", "ci"]', "FROM two:2"];
  const final = ["ARG V=1", 'LABEL a.b=$V c="d e"', "ENV A=1 B=/b", "COPY --from=build --chown=0:0 --chmod=0755 /x /y /app/", "USER 1:1"];
  expect(parseDockerfile([...text, ...final].join("\n"), { V: "2" })).toEqual([
    { name: "build", from: "one:1", instructions: [{ does: "RUN", command: ["npm", "ci"] }] },
    {
      name: undefined,
      from: "two:2",
      instructions: [
        { does: "ARG", name: "V", value: "1" },
        { does: "LABEL", pairs: new Map(Object.entries({ "a.b": "2", c: "d e" })) },
        { does: "ENV", pairs: new Map(Object.entries({ A: "1", B: "/b" })) },
        { does: "COPY", from: "build", chown: "0:0", chmod: 0o755, sources: ["/x", "/y"], target: "/app/" },
        { does: "USER", value: "1:1" },
      ],
    },
  ]);
});

test.each([
  ["an instruction that it does not know", ["FROM a:1", "HEALTHCHECK NONE"], "Dockerfile:2: HEALTHCHECK is not known"],
  ["ADD, which may fetch anything", ["FROM a:1", "ADD https://example.com/x /x"], "Dockerfile:2: ADD is not known"],
  ["a shell command", ["FROM a:1", "RUN npm ci && rm -rf /tmp"], 'Dockerfile:2: want ["PROGRAM", "ARGUMENT"]'],
  ["a line that goes on", ["FROM a:1", "ENV A=1 \\", "  B=2"], "Dockerfile:2: want NAME=VALUE"],
  ["a line that is no instruction", ["FROM a:1", "  B=2"], "Dockerfile:2: this line is not known"],
  ["a flag that it does not know", ["FROM a:1", "COPY --link a /a"], "Dockerfile:2: COPY --link is not known"],
  ["a mode in letters", ["FROM a:1", "COPY --chmod=a+rX a /a"], "Dockerfile:2: want --chmod=0NNN"],
  ["a relative target", ["FROM a:1", "COPY a b"], "Dockerfile:2: want COPY SOURCE... /TARGET"],
  ["several files into one", ["FROM a:1", "COPY a b /c"], "Dockerfile:2: several sources want a target that ends in /"],
  ["a variable of no ARG", ["FROM $BASE"], "Dockerfile:1: $BASE is not set by an ARG before"],
  ["an ARG of another stage", ["FROM a:1", "ARG V=1", "FROM b:1", "LABEL v=$V"], "Dockerfile:4: $V is not set by an ARG before"],
  ["a step before the first FROM", ["USER 1:1"], "Dockerfile:1: stands before the first FROM"],
  ["half a pair", ["FROM a:1", 'ENV A=1 B="'], 'Dockerfile:2: want NAME=VALUE or NAME="VALUE"'],
])("%s is refused by its line", (_, lines, problem) => {
  expect(() => read(...lines)).toThrow(problem);
});
