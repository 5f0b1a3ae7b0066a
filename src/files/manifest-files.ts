/**
 * Finds and reads the files that a person names: files, folders with all that is below them, `-` for the standard input. Never waits for
 * a pipe in a folder, never leaves the folder by a link, never goes round in circles. What is in a file, src/manifests says.
 */
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { visibleText } from "../detect/visible-text.ts";
import { LIMITS, type ManifestLimits } from "../manifests/limits.ts";
import type { ManifestPart, Skipped, Unread } from "../manifests/manifest.ts";
import { type FileKinds, ManifestReader } from "../manifests/manifest-reader.ts";
import type { NeedleTest } from "../manifests/needles.ts";
import { type Exclusion, exclusion, isWithinExcluded } from "./exclusion.ts";

/** The argument that means the standard input, and how messages name it. */
export const STANDARD_INPUT = "-";
const STANDARD_INPUT_NAME = "stdin";

/** Files of a folder that are looked at; a file that is named by itself is read whatever its name. kustomize takes one without an end as well. */
const MANIFEST_NAME = /\.(ya?ml|json)$|(^|[/\\])Kustomization$/i;

/** Folders that hold copies and no manifests. */
const PASSED_OVER: ReadonlySet<string> = new Set([".git", "node_modules"]);

export interface ManifestFilesOptions {
  /** Asked for only where it is named: node takes a while to open it. */
  readonly stdin: () => AsyncIterable<Buffer>;
  /** Which documents are parsed at all; every one without it. */
  readonly wanted?: NeedleTest;
  readonly limits?: Partial<ManifestLimits>;
  readonly kinds?: FileKinds;
  /** Patterns of what is not looked at (exclusion.ts), whether it is named or found. */
  readonly exclude?: readonly string[];
  /** Called before each file is read, with the number of files so far. */
  readonly reading?: (files: number) => void;
}

/** A path that is not there: the command line is wrong, nothing was read. */
export class NoSuchFile extends Error {
  override readonly name = "NoSuchFile";
}

/**
 * @param paths as a person gave them; a file that several of them lead to is read once, where it is met first
 * @returns objects, and all that was not read, in the order of the arguments and of the names in each folder
 * @throws NoSuchFile for a path that does not exist, before anything is read
 */
export async function* readManifestFiles(paths: readonly string[], options: ManifestFilesOptions): AsyncGenerator<ManifestPart> {
  const missing = paths.find((path) => path !== STANDARD_INPUT && lstatSync(path, { throwIfNoEntry: false }) === undefined);
  if (missing !== undefined) throw new NoSuchFile(`${visibleText(missing, 4_096)}: no such file or folder`);
  const excluded = exclusion(options.exclude ?? []);
  let files = 0;
  const met = new Set<string>();
  for (const path of paths) {
    for (const file of path === STANDARD_INPUT ? [standardInput] : filesAt(path, excluded)) {
      const identity = identityOf(file);
      if (met.has(identity)) continue;
      met.add(identity);
      if (file.at === "Unread" || file.at === "Skipped") {
        yield file;
        continue;
      }
      files += 1;
      options.reading?.(files);
      yield* read(file, options);
    }
  }
  const [first] = paths;
  if (met.size === 0 && first !== undefined) yield skipped(first, "is left out by --exclude, and so is all that was named");
}

/** By which a file is known, however it is named. */
function identityOf(file: Found): string {
  switch (file.at) {
    case "File":
      return file.real;
    // Its first reading uses it up.
    case "Stream":
      return file.path === STANDARD_INPUT ? STANDARD_INPUT : resolve(file.path);
    case "Unread":
    case "Skipped":
      return resolve(file.file);
    default:
      return file satisfies never;
  }
}

function read(file: FileToRead, options: ManifestFilesOptions): AsyncIterable<ManifestPart> | Iterable<ManifestPart> {
  const { stdin, wanted, kinds } = options;
  const limits = { ...LIMITS, ...options.limits };
  const isStdin = file === standardInput;
  const named = isStdin ? STANDARD_INPUT_NAME : file.path;
  const canBeCutOff = file.at === "Stream";
  const reader = new ManifestReader({ file: named, limits, canBeCutOff, ...(wanted ? { wanted } : {}), ...(kinds ? { kinds } : {}) });
  if (file.at === "File") return fromFile(file.path, reader, limits);
  return fromStream(isStdin ? stdin() : createReadStream(file.path), reader, limits);
}

type FileToRead =
  | { readonly at: "Stream"; readonly path: string }
  /** `real` is the path without links. */
  | { readonly at: "File"; readonly path: string; readonly real: string };

type Found = FileToRead | Unread | Skipped;

const standardInput: FileToRead = { at: "Stream", path: STANDARD_INPUT };

/** `./a.yaml` is a.yaml in a folder that is walked, and to a code host, which knows no other name of it. */
const FROM_HERE = sep === "/" ? /^(?:\.\/+)+(?=.)/ : /^(?:\.[/\\]+)+(?=.)/;

function filesAt(given: string, excluded: Exclusion): Iterable<Found> {
  const path = given.replace(FROM_HERE, "");
  if (isWithinExcluded(path, excluded)) return [];
  try {
    const named = statSync(path);
    if (named.isDirectory()) return new Folder(path, excluded).files();
    // Named by itself, a pipe is what a shell makes of <(command).
    return [named.isFile() ? { at: "File", path, real: realpathSync(path) } : { at: "Stream", path }];
  } catch (error) {
    return [unread(path, `cannot be read (${codeOf(error)})`)];
  }
}

class Folder {
  readonly #top: string;
  readonly #realTop: string;
  readonly #excluded: Exclusion;
  /** Folders that were entered, by their real paths: a link can lead back. */
  readonly #entered = new Set<string>();

  constructor(top: string, excluded: Exclusion) {
    this.#top = top;
    this.#realTop = realpathSync(top);
    this.#excluded = excluded;
  }

  *files(): Generator<Found> {
    let found = false;
    for (const file of this.#folder(this.#top, this.#realTop)) {
      found = true;
      yield file;
    }
    if (!found) yield skipped(this.#top, "holds no file that ends in .yaml, .yml or .json");
  }

  *#folder(folder: string, real: string): Generator<Found> {
    if (this.#entered.has(real)) return;
    this.#entered.add(real);
    let entries: ReturnType<typeof entriesOf>;
    try {
      entries = entriesOf(folder);
    } catch (error) {
      yield unread(folder, `cannot be read (${codeOf(error)})`);
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (this.#excluded(path)) continue;
      if (entry.isSymbolicLink()) yield* this.#link(path);
      else if (entry.isDirectory()) {
        if (!PASSED_OVER.has(entry.name)) yield* this.#folder(path, join(real, entry.name));
      } else if (MANIFEST_NAME.test(entry.name)) {
        if (entry.isFile()) yield { at: "File", path, real: join(real, entry.name) };
        else yield skipped(path, "is no regular file");
      }
    }
  }

  *#link(path: string): Generator<Found> {
    let real: string;
    let folder: boolean;
    try {
      real = realpathSync(path);
      const target = statSync(real);
      folder = target.isDirectory();
      if (!folder && !MANIFEST_NAME.test(path)) return;
      if (!folder && !target.isFile()) {
        yield skipped(path, "is a link to no regular file");
        return;
      }
    } catch (error) {
      if (MANIFEST_NAME.test(path)) yield unread(path, `is a link that leads nowhere (${codeOf(error)})`);
      return;
    }
    const inside = relative(this.#realTop, real);
    if (inside === ".." || inside.startsWith(`..${sep}`)) yield skipped(path, "is a link that leads out of the folder");
    else if (folder) yield* this.#folder(path, real);
    else if (!this.#meets(inside)) yield { at: "File", path, real };
  }

  /** Whether a file of the folder is met by itself, before or later: not by another name, nor where nobody looks. */
  #meets(inside: string): boolean {
    const passedOver = inside.split(sep).some((folder) => PASSED_OVER.has(folder));
    return MANIFEST_NAME.test(inside) && !passedOver && !isWithinExcluded(join(this.#top, inside), this.#excluded);
  }
}

function entriesOf(folder: string) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One call after the other: of 10,000 small files, waiting for each would take longer than reading them. */
function* fromFile(path: string, reader: ManifestReader, limits: ManifestLimits): Generator<ManifestPart> {
  let bytes: Buffer;
  try {
    // Not to wait for a writer: since the folder was read, a pipe can have taken the file's place.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (fstatSync(file).size > limits.fileBytes) {
        yield unread(path, `has more than ${limits.fileBytes} bytes; split it, or give it to the standard input`);
        return;
      }
      bytes = readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    yield unread(path, `cannot be read (${codeOf(error)})`);
    return;
  }
  yield* reader.push(bytes);
  yield* reader.end();
}

async function* fromStream(stream: AsyncIterable<Buffer>, reader: ManifestReader, limits: ManifestLimits): AsyncGenerator<ManifestPart> {
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > limits.streamBytes) {
        yield unread(reader.file, `has more than ${limits.streamBytes} bytes; what follows was not read`);
        break;
      }
      yield* reader.push(chunk);
    }
    // A shell goes on where the program before the pipe has failed.
    if (bytes === 0) yield unread(reader.file, "is empty: what was to write it may have failed");
  } catch (error) {
    yield unread(reader.file, `cannot be read (${codeOf(error)})`);
  }
  yield* reader.end();
}

function unread(file: string, why: string): Unread {
  return { at: "Unread", file, line: 1, why };
}

function skipped(file: string, why: string): Skipped {
  return { at: "Skipped", file, line: 1, why };
}

/** `EACCES`: the system's own words would repeat the path. */
function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown error";
}
