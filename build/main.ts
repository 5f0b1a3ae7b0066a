/** `npm run build`: writes the bundle, and all that is published with it, to dist/. */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PROJECT } from "./bundle.ts";
import { buildInto } from "./distribution.ts";

const dist = join(PROJECT, "dist");
await mkdir(dist, { recursive: true });
const made = await mkdtemp(join(dist, ".new-"));
try {
  // Whoever runs the bundle meanwhile finds the old one or the new one, never half of one.
  for (const name of await buildInto(made)) {
    await mkdir(dirname(join(dist, name)), { recursive: true });
    await rename(join(made, name), join(dist, name));
    process.stdout.write(`dist/${name}\n`);
  }
} finally {
  await rm(made, { recursive: true, force: true });
}
