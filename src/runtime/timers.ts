/** Named timers of one owner: setting one again replaces it. */
export class Timers {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  after(name: string, ms: number, act: () => void): void {
    this.cancel(name);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      act();
    }, ms);
    this.#timers.set(name, timer);
  }

  cancel(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  clear(): void {
    for (const name of [...this.#timers.keys()]) this.cancel(name);
  }
}
