/**
 * Runs before all else in the bundle. Each of our schemas reads few objects, and a function compiled for it costs more than it saves: a
 * tenth of the start, and with it node can run with --disallow-code-generation-from-strings.
 */
import * as z from "zod";

z.config({ jitless: true });
