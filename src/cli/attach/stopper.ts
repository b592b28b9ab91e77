/**
 * What signals mean to an attached `up`. The first Ctrl-C (or SIGTERM) asks for an orderly stop, the second for one now;
 * a terminal that has gone (SIGHUP) is left at once, and the lease, which ends with the process, does the rest.
 * Owns the signal handlers between `arm` and `disarm`.
 */
export class Stopper {
  readonly asked: Promise<NodeJS.Signals>;
  #count = 0;
  #ask: (signal: NodeJS.Signals) => void = () => {};
  /** Before there is anything to stop, nothing keeps an impatient person. */
  #now: () => void = () => process.exit(130);

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#ask = resolve;
    });
  }

  /** How often a stop was asked for. */
  get count(): number {
    return this.#count;
  }

  /** Called at the second signal and at every later one. */
  onNow(now: () => void): void {
    this.#now = now;
    if (this.#count > 1) now();
  }

  arm(): void {
    process.on('SIGINT', this.#take);
    process.on('SIGTERM', this.#take);
    process.on('SIGHUP', this.#leave);
  }

  disarm(): void {
    process.off('SIGINT', this.#take);
    process.off('SIGTERM', this.#take);
    process.off('SIGHUP', this.#leave);
  }

  readonly #take = (signal: NodeJS.Signals): void => {
    this.#count++;
    if (this.#count === 1) this.#ask(signal);
    else this.#now();
  };

  readonly #leave = (): void => process.exit(129);
}
