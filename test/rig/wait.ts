/**
 * Waiting for something to become true, with a bound. The bound is there to end a hopeless test with a telling
 * message; no test asserts that something was fast.
 */

/** How long anything in a test may take before it counts as never. */
export const PATIENCE_MS = 60_000;

/** @throws Error `describe()` when the promise has not settled after `patienceMs` */
export async function within<T>(promise: Promise<T>, describe: () => string, patienceMs = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patienceMs} ms in vain for ${describe()}`)), patienceMs);
  });
  try {
    return await Promise.race([promise, never]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * For facts of the outside world that announce themselves to nobody (a pid that goes away, a terminal's screen):
 * asks again every 20 ms until the answer is neither undefined, null nor false.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Values that arrive one by one; a reader asks for the first that fits, among those past and those to come. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #ended: string | undefined;
  readonly #waiting = new Set<() => void>();

  push(value: T): void {
    this.all.push(value);
    this.#wake();
  }

  /** Nothing more comes; whoever waits is told why. */
  end(why: string): void {
    this.#ended ??= why;
    this.#wake();
  }

  /** @param from index of the first value to look at */
  async until(what: string, fits: (value: T) => boolean, from = 0, patienceMs = PATIENCE_MS): Promise<T> {
    let next = from;
    let wake: () => void = () => {};
    const found = new Promise<T>((resolve, reject) => {
      wake = () => {
        while (next < this.all.length) {
          const value = this.all[next++] as T;
          if (fits(value)) return resolve(value);
        }
        if (this.#ended !== undefined) reject(new Error(`${what} never came: ${this.#ended}`));
      };
      this.#waiting.add(wake);
      wake();
    });
    try {
      return await within(found, () => what, patienceMs);
    } finally {
      this.#waiting.delete(wake);
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
