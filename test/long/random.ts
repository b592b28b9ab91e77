/** Chance that can be repeated: a run prints its seed, `LONG_SEED` gives it back. mulberry32. */
export class Random {
  #state: number;

  /** @param isQuiet its seed is told by somebody else */
  constructor(
    readonly seed: number = Number(process.env.LONG_SEED ?? Date.now() % 2 ** 32),
    isQuiet = false,
  ) {
    this.#state = seed >>> 0;
    if (!isQuiet) process.stderr.write(`seed: LONG_SEED=${seed}\n`);
  }

  /** 0 <= n < below, whole */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  some<T>(list: readonly T[]): T[] {
    return list.filter(() => this.below(2) === 0);
  }
}

/** How much of it: LONG_ROUNDS, or the default of the test. */
export function rounds(otherwise: number): number {
  return Number(process.env.LONG_ROUNDS ?? otherwise);
}
