/** Follows a path into a value from outside. What a value has by nature, such as `constructor`, is not in it. */

/** @returns undefined where the path leads nowhere */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
