/** An option that takes a text. An empty one is what a script gives whose variable is empty: it is refused by the option's name. */
import { InvalidArgumentError, Option } from "commander";

export function textOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(someText);
}

/** @throws InvalidArgumentError, to which commander adds the option */
export function someText(text: string): string {
  if (text === "") throw new InvalidArgumentError("Want a value, or leave the option out.");
  return text;
}
