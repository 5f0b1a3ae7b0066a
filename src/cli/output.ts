/** The option by which a command prints for programs instead of for people. What is printed, each command knows. */
import { Option } from "commander";

export const OUTPUTS = ["text", "json"] as const;

export const OUTPUT = new Option("-o, --output <FORMAT>", "how to print")
  .choices(OUTPUTS)
  .default("text" satisfies (typeof OUTPUTS)[number]);
