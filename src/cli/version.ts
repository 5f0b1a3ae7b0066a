/** The version of this program: that of its package. */
import * as z from "zod";
import { BUILT_IN } from "../data/built-in.ts";

const Package = z.looseObject({ version: z.string() });

export const VERSION = Package.parse(JSON.parse(BUILT_IN.get("package.json") ?? "{}")).version;
