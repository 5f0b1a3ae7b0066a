/** Names of generated objects and their files. A name that comes from a manifest is checked before it stands in a path or a command. */

const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
/** Of made names; a namespace's fits as well, and a number behind it. */
const MADE_CHARACTERS = 50;
/** Of a file's name: file systems take 255 bytes, archives and encryptions less. */
const FILE_CHARACTERS = 140;

/** DNS subdomain, as names of objects are. No slash, no `..`, no capital letter: safe in paths and commands. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

/** DNS label, as names of namespaces are. */
export function isNamespaceName(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

/** @returns a name made of any text; `otherwise` where nothing of it can stand in one */
export function nameFrom(text: string, otherwise: string): string {
  const words = text
    .slice(0, 4 * MADE_CHARACTERS)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  const cut = words.replace(/^-+/, "").slice(0, MADE_CHARACTERS).replace(/-+$/, "");
  return cut === "" ? otherwise : cut;
}

/** Hands out each name once a kind and namespace; those that the cluster has already are taken. */
export class Names {
  readonly #taken: Set<string>;

  /** @param existing `GitRepository flux-system/fleet` */
  constructor(existing: Iterable<string>) {
    this.#taken = new Set(existing);
  }

  /** @param existing `Secret shop/cart` */
  reserve(existing: Iterable<string>): void {
    for (const name of existing) this.#taken.add(name);
  }

  isTaken(kind: string, namespace: string, name: string): boolean {
    return this.#taken.has(`${kind} ${namespace}/${name}`);
  }

  take(kind: string, namespace: string, wanted: string): string {
    let name = wanted;
    for (let number = 2; this.isTaken(kind, namespace, name); number += 1) name = `${wanted}-${number}`;
    this.#taken.add(`${kind} ${namespace}/${name}`);
    return name;
  }
}

/** @returns `40-helmrelease-shop-cart.yaml` for each, no two alike, also where a file system knows no capital letters */
export function fileNames(objects: readonly { order: number; kind: string; namespace: string; name: string }[]): string[] {
  const taken = new Set<string>();
  return objects.map(({ order, kind, namespace, name }) => {
    const whole = `${order}-${kind.toLowerCase()}-${namespace}-${name}`;
    const stem = whole.slice(0, FILE_CHARACTERS).replace(/[-.]+$/, "");
    let file = stem;
    for (let number = 2; taken.has(file); number += 1) file = `${stem}_${number}`;
    taken.add(file);
    return `${file}.yaml`;
  });
}
