/**
 * Deployments in the bytes in which kube-apiserver writes them: lists, Tables, frames of a watch, refusals. Only what is read by anybody
 * here stands in them. test/integration/kube/model.test.ts compares them with the real server's. Knows no requests.
 */

/** What a test may say of a Deployment. */
export interface Shape {
  readonly images: readonly string[];
  /** Of the first container. */
  readonly command?: readonly string[] | undefined;
  /** An annotation's text: words of ours may stand where they mean nothing. */
  readonly note?: string | undefined;
}

export interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly version: number;
}

/** JSON as Go's encoder writes it: these characters never stand in it as they are. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** @returns the manifest that a client sends, which is what the server gives back, but for what it adds. */
export function manifest(namespace: string, name: string, { images, command, note }: Shape) {
  const labels = { app: name };
  const containers = images.map((image, index) => ({ name: `c${index}`, image, ...(index === 0 && command ? { command } : {}) }));
  return {
    metadata: { name, namespace, ...(note === undefined ? {} : { annotations: { note } }) },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

const KIND = '"kind":"Deployment","apiVersion":"apps/v1"';

/** One Deployment at one version, in each of its forms. */
export class ModelObject {
  readonly identity: Identity;
  readonly shape: Shape;
  readonly key: string;
  /** As an item of a list, without its braces. */
  readonly #members: string;

  constructor(identity: Identity, shape: Shape) {
    this.identity = identity;
    this.shape = shape;
    const { namespace, name, uid, version } = identity;
    this.key = `${namespace}/${name}`;
    const { metadata, spec } = manifest(namespace, name, shape);
    const stored = { name, namespace, uid, resourceVersion: String(version), generation: 1, creationTimestamp: "2026-11-25T18:54:36Z" };
    this.#members = goJson({ metadata: { ...stored, ...metadata }, spec, status: {} }).slice(1, -1);
  }

  get item(): string {
    return `{${this.#members}}`;
  }

  get whole(): string {
    return `{${KIND},${this.#members}}`;
  }

  get row(): string {
    const { images } = this.shape;
    const { name } = this.identity;
    const cells = [name, "0/1", 0, 0, "5s", images.map((_, index) => `c${index}`).join(","), images.join(","), `app=${name}`];
    return `{"cells":${goJson(cells)},"object":null}`;
  }
}

/** Names, types and priorities as the server gives them; its descriptions are cut short. */
const COLUMNS = goJson(
  [
    ["Name", "name", 0],
    ["Ready", "", 0],
    ["Up-to-date", "", 0],
    ["Available", "", 0],
    ["Age", "", 0],
    ["Containers", "", 1],
    ["Images", "", 1],
    ["Selector", "", 1],
  ].map(([name, format, priority]) => ({ name, type: "string", format, description: `${name}.`, priority })),
);

const BOOKMARK_ROW = '{"cells":["","0/0",0,0,"\\u003cunknown\\u003e","","",""],"object":null}';

export interface Page {
  readonly version: number;
  readonly continue?: string | undefined;
  readonly remaining?: number | undefined;
}

function listMetadata(page: Page): string {
  const more = page.continue === undefined ? "" : `,"continue":${goJson(page.continue)},"remainingItemCount":${page.remaining}`;
  return `"metadata":{"resourceVersion":"${page.version}"${more}}`;
}

export function listText(page: Page, objects: readonly ModelObject[]): string {
  return `{"kind":"DeploymentList","apiVersion":"apps/v1",${listMetadata(page)},"items":[${objects.map(({ item }) => item).join(",")}]}\n`;
}

export function tableText(page: Page, objects: readonly ModelObject[]): string {
  return `${tableHead(listMetadata(page), true)}"rows":[${objects.map(({ row }) => row).join(",")}]}\n`;
}

function tableHead(metadata: string, first: boolean): string {
  return `{"kind":"Table","apiVersion":"meta.k8s.io/v1",${metadata},"columnDefinitions":${first ? COLUMNS : null},`;
}

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

export function changeFrame(type: ChangeType, { whole }: ModelObject): string {
  return `{"type":"${type}","object":${whole}}\n`;
}

/** @param first whether the frame is the first of its watch, which alone names the columns */
export function tableChangeFrame(type: ChangeType, { row, identity }: ModelObject, first: boolean): string {
  return `{"type":"${type}","object":${tableHead(listMetadata({ version: identity.version }), first)}"rows":[${row}]}}\n`;
}

export function bookmarkFrame(version: number): string {
  const rest = '"spec":{"replicas":0,"selector":null,"template":{"metadata":{},"spec":{"containers":null}},"strategy":{}},"status":{}';
  return `{"type":"BOOKMARK","object":{${KIND},"metadata":{"resourceVersion":"${version}"},${rest}}}\n`;
}

export function tableBookmarkFrame(version: number, first: boolean): string {
  return `{"type":"BOOKMARK","object":${tableHead(listMetadata({ version }), first)}"rows":[${BOOKMARK_ROW}]}}\n`;
}

/** A Status, as an answer's body or within an ERROR frame. */
export function statusText(code: number, reason: string, message: string, details?: Record<string, unknown>): string {
  const more = details === undefined ? {} : { details };
  return `${goJson({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, ...more, code })}\n`;
}

export function errorFrame(status: string): string {
  return `{"type":"ERROR","object":${status.trimEnd()}}\n`;
}
