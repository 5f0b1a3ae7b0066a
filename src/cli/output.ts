/** The option by which a command prints for programs instead of for people. What is printed, each command knows. */
import { Option } from "commander";
import * as z from "zod";

export const Output = z.enum(["text", "json"]);

export const OUTPUT = new Option("-o, --output <FORMAT>", "how to print")
  .choices(Output.options)
  .default("text" satisfies z.infer<typeof Output>);
