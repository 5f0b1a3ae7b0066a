import { filesMarked } from "./test/test-files.ts";

const shared = {
  setupFilesAfterEnv: ["<rootDir>/test/time-limit.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2024", experimental: { keepImportAttributes: true } },
        module: { type: "es6" },
      },
    ],
  },
};

/** One project a folder of test/: `jest --selectProjects unit`. */
const projectOf = (name) => ({ ...shared, displayName: name, testMatch: [`<rootDir>/test/${name}/**/*.test.ts`] });
const projects = ["unit", "corpus", "integration", "alerts", "deploy", "build", "docs"].map(projectOf);

/** The integration tests once more, on the oldest Kubernetes that the product runs on (test/control-plane/suite.ts). */
const floor = {
  ...shared,
  displayName: "floor",
  testMatch: ["<rootDir>/test/integration/**/*.test.ts", ...filesMarked("@newest-only").map((file) => `!**/${file}`)],
  globals: { kubernetes: "1.20" },
};

export default { projects: [...projects, floor] };
