/** A data file that cannot be read; a file that can, but says something impossible, is an InvalidData. */
export class UnreadableData extends Error {
  override readonly name = "UnreadableData";
}
