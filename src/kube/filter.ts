/**
 * Decides from a frame's bytes whether it has to be parsed. A frame is passed over only where all of this is sure: it says who it is
 * about, that one is not kept, and none of the words that ours hold stands in it. Everything else is parsed. Keeps nothing.
 */

/** Bytes at the start of a frame within which the Go encoder has written the identity: names of 253, a namespace of 63, a UID, versions. */
const IDENTITY_BYTES = 1536;

/** Letters that the Go encoder writes as they are. A needle of others could stand escaped in a frame, and not be found. */
const PLAIN = /^[A-Za-z0-9/._:-]+$/;

/** What the first bytes of a frame say. */
export interface FrameIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
}

/** Parse it, or pass over it and go on from its resourceVersion. */
export type Verdict = { parse: true } | { parse: false; resourceVersion: string };

const PARSE: Verdict = { parse: true };

/** A string of plain ASCII: what is escaped, or several bytes long, is left to the parser. */
const PLAIN_TEXT = String.raw`[\x20\x21\x23-\x5b\x5d-\x7e]*`;
const TEXT = `"(${PLAIN_TEXT})"`;
const SKIPPED_TEXT = `"${PLAIN_TEXT}"`;

/** As Go's encoder writes ObjectMeta: in the order of its fields, empty ones left out. Anchored: a label further down cannot pose as a name. */
const METADATA =
  String.raw`"metadata":\{"name":${TEXT},(?:"generateName":${SKIPPED_TEXT},)?(?:"namespace":${TEXT},)?` +
  `(?:"selfLink":${SKIPPED_TEXT},)?"uid":${SKIPPED_TEXT},"resourceVersion":${TEXT}[,}]`;
const WATCH_FRAME = new RegExp(
  String.raw`^\{"type":"(?:ADDED|MODIFIED|DELETED)","object":\{"kind":${SKIPPED_TEXT},"apiVersion":${SKIPPED_TEXT},${METADATA}`,
);

/** @returns who a watch frame is about; undefined for a bookmark, an error, and whatever is not written as Go's encoder writes it. */
export function identityOf(frame: Buffer): FrameIdentity | undefined {
  const found = WATCH_FRAME.exec(frame.toString("latin1", 0, IDENTITY_BYTES));
  if (!found) return undefined;
  const [, name, namespace, resourceVersion] = found;
  if (!name || !resourceVersion) return undefined;
  return { namespace: namespace ?? "", name, resourceVersion };
}

/** The filter of one resource. */
export interface FrameFilter {
  /** @param kept whether an object of this namespace (empty for none) and name is kept now */
  watchFrame(frame: Buffer, kept: (namespace: string, name: string) => boolean): Verdict;
  /** An item of a list replaces nothing by itself: only its words decide. */
  listItem(item: Buffer): boolean;
}

/**
 * @returns whether one of these words stands in a text of one character a byte. For small frames: one pass of a pattern over a row of a
 * Table takes a quarter of the time of a search for each word.
 * @throws RangeError for a word that an encoder may escape
 */
export function wordSearch(needles: readonly string[]): (text: string) => boolean {
  refuseEscaped(needles);
  const pattern = new RegExp(needles.map((needle) => needle.replaceAll(".", String.raw`\.`)).join("|"));
  return (text) => needles.length > 0 && pattern.test(text);
}

function refuseEscaped(needles: readonly string[]): void {
  for (const needle of needles) {
    if (!PLAIN.test(needle)) throw new RangeError(`needle ${JSON.stringify(needle)} is not plain; want letters, digits and / . _ : - only`);
  }
}

/**
 * @param needles words of which one stands in every object that is ours; undefined where each frame is to be parsed
 * @throws RangeError for a word that an encoder may escape
 */
export function createFilter(needles: readonly string[] | undefined): FrameFilter {
  if (needles === undefined) return { watchFrame: () => PARSE, listItem: () => true };
  refuseEscaped(needles);
  const bytes = needles.map((needle) => Buffer.from(needle, "latin1"));
  const holdsNeedle = (frame: Buffer) => bytes.some((needle) => frame.includes(needle));
  return {
    listItem: holdsNeedle,
    watchFrame: (frame, kept) => {
      const identity = identityOf(frame);
      if (!identity || kept(identity.namespace, identity.name) || holdsNeedle(frame)) return PARSE;
      return { parse: false, resourceVersion: identity.resourceVersion };
    },
  };
}
