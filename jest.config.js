const shared = {
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "es6" } }] },
};

/** One project a folder of test/: `jest --selectProjects unit`. */
const projects = ["unit", "corpus", "integration", "alerts", "deploy", "build", "docs"];

export default {
  projects: projects.map((name) => ({ ...shared, displayName: name, testMatch: [`<rootDir>/test/${name}/**/*.test.ts`] })),
};
