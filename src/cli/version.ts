/** The version of this program: that of its package. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const Package = z.looseObject({ version: z.string() });

export const VERSION = Package.parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"))).version;
