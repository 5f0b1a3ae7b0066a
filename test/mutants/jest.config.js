/** One project a mutant, each with the test file that catches it, and one without a mutant that runs them all. */
import { join } from "node:path";
import jestConfig from "../../jest.config.js";
import { MUTANTS } from "./mutants.ts";

const ROOT = join(import.meta.dirname, "../..");
const [{ transform, extensionsToTreatAsEsm }] = jestConfig.projects;
const [[pattern, [, swc]]] = Object.entries(transform);

const project = (name, mutant, files) => ({
  rootDir: ROOT,
  displayName: name,
  extensionsToTreatAsEsm,
  transform: { [pattern]: [join(import.meta.dirname, "transform.ts"), { swc, mutant }] },
  testMatch: files.map((file) => `<rootDir>/test/unit/kube/${file}`),
});

export const UNCHANGED = "no mutant";

export default {
  rootDir: ROOT,
  projects: [
    project(UNCHANGED, "", [...new Set(MUTANTS.map(({ caughtBy }) => caughtBy))]),
    ...MUTANTS.map(({ name, caughtBy }) => project(name, name, [caughtBy])),
  ],
  reporters: [join(import.meta.dirname, "reporter.ts")],
};
