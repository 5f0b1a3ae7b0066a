/**
 * How much of a text from somebody else is read. What is past a limit is named and counts as unread: nobody may say that it holds no Flux.
 * A manifest is far below all of them; source-controller reads as much [1]. [1] fluxcd/source-controller, internal/helm/helm.go
 */

const MIB = 1024 * 1024;

export interface ManifestLimits {
  /** Of a file; it is held in memory as a whole. */
  readonly fileBytes: number;
  /** Of a stream; its documents pass by one after the other. */
  readonly streamBytes: number;
  /** Of one document. The API server takes objects of about 1.5 MiB; only a List is larger. */
  readonly documentBytes: number;
  /** Of one file or stream. */
  readonly documents: number;
  /** In one document: a List of Lists of aliases can name more than the text is long. */
  readonly objects: number;
  /** Levels of mappings and lists. */
  readonly depth: number;
  /** In one document. */
  readonly aliases: number;
}

export const LIMITS: ManifestLimits = {
  fileBytes: 50 * MIB,
  streamBytes: 256 * MIB,
  documentBytes: 10 * MIB,
  documents: 100_000,
  objects: 100_000,
  depth: 100,
  aliases: 100,
};
