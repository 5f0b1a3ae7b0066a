/** A cluster's Deployments and their history, as etcd and the API server's cache keep them: one version for each change. Knows no bytes and no requests. */
import { type ChangeType, ModelObject, type Shape } from "./frames.ts";

export interface Change {
  readonly type: ChangeType;
  readonly object: ModelObject;
}

/** All objects at one version, by key, in the order of a list. */
export interface Snapshot {
  readonly version: number;
  readonly objects: ReadonlyMap<string, ModelObject>;
}

export class World {
  readonly #history: Change[] = [];
  readonly #snapshots: Snapshot[] = [{ version: 100, objects: new Map() }];
  #version = 100;
  #compacted = 100;
  #uids = 0;
  /** Told of each change as it happens. */
  changed: (change: Change) => void = () => undefined;

  get version(): number {
    return this.#version;
  }

  /** The oldest version that a watch can begin after. */
  get compacted(): number {
    return this.#compacted;
  }

  /** The objects as they were at a version. */
  at(version: number): Snapshot {
    const found = this.#snapshots.findLast((snapshot) => snapshot.version <= version);
    if (!found) throw new RangeError(`nothing is known of version ${version}`);
    return found;
  }

  /** What there was at one version and at each later one. */
  since(version: number): Snapshot[] {
    const first = this.at(version);
    return [first, ...this.#snapshots.filter((snapshot) => snapshot.version > first.version)];
  }

  changesAfter(version: number): Change[] {
    return this.#history.filter(({ object }) => object.identity.version > version);
  }

  /** Nothing happens where it is there already. */
  create(namespace: string, name: string, shape: Shape): void {
    if (this.#now().has(`${namespace}/${name}`)) return;
    this.#uids += 1;
    this.#change("ADDED", { namespace, name, uid: `uid-${this.#uids}` }, shape);
  }

  /** Of an object that is there. Without a shape only its version changes, as with its status. */
  update(namespace: string, name: string, shape?: Shape): void {
    const there = this.#now().get(`${namespace}/${name}`);
    if (there) this.#change("MODIFIED", there.identity, shape ?? there.shape);
  }

  /** @returns the shape of what went. */
  remove(namespace: string, name: string): Shape | undefined {
    const there = this.#now().get(`${namespace}/${name}`);
    if (there) this.#change("DELETED", there.identity, there.shape);
    return there?.shape;
  }

  /** Something else in the cluster changed. */
  passBy(): void {
    this.#version += 1;
  }

  /** Forgets all changes up to now. */
  compact(): void {
    this.#compacted = this.#version;
  }

  #now(): ReadonlyMap<string, ModelObject> {
    return this.at(this.#version).objects;
  }

  #change(type: ChangeType, identity: { namespace: string; name: string; uid: string }, shape: Shape): void {
    this.#version += 1;
    const { namespace, name, uid } = identity;
    const object = new ModelObject({ namespace, name, uid, version: this.#version }, shape);
    const objects = new Map(this.#now());
    if (type === "DELETED") objects.delete(object.key);
    else objects.set(object.key, object);
    this.#snapshots.push({ version: this.#version, objects });
    this.#history.push({ type, object });
    this.changed({ type, object });
  }
}
