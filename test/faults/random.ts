/** Chance that can be had again: numbers from a seed. */

export class Random {
  #state: number;

  /** @param seed any text: equal ones give equal numbers */
  constructor(seed: string) {
    // FNV-1a: texts that differ in one character begin far apart.
    this.#state = [...seed].reduce((hash, letter) => Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619), 2166136261);
  }

  /** From 0 up to, and without, 1. Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<const T extends readonly [unknown, ...unknown[]]>(from: T): T[number] {
    return from[Math.floor(this.next() * from.length)] ?? from[0];
  }
}
