/**
 * How far the terminal has come with what it was sent. Each frame ends with a question that a terminal answers when it
 * has come to it (DSR 5, ECMA-48 8.3.35); until then the next one waits, and what it would have shown is in the one after
 * it. Otherwise frames pile up in whatever lies between (SSH alone holds two megabytes), and a key is answered behind them.
 * Owns the count of open questions and its timer. A terminal that never answers is asked no more, and not waited for.
 */

const QUESTION = '\x1b[5n';

/** A key need not wait for the frame before it to have arrived: one more may be on its way. */
const OPEN = { byItself: 1, forKey: 2 };
/** Between frames, while it is not known yet whether the first question will be answered. */
const FIRST_MS = 500;
/** Longer than any line that one can work over. */
const PATIENCE_MS = 5_000;
/** At the end, for an answer that would otherwise be typed at the shell. */
const LAST_MS = { known: 3_000, unknown: 250 };

export class Pace {
  /** `no`: it was never answered. `unknown` again when an answer is overdue. */
  #answers: 'yes' | 'no' | 'unknown' = 'unknown';
  #hasAnswered = false;
  #open = 0;
  #askedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #onQuiet: (() => void)[] = [];
  readonly #onFree: () => void;

  /** @param onFree one more frame may be sent */
  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  /** Whether a frame may be sent now. @param isUrgent somebody pressed a key and waits */
  allows(isUrgent: boolean): boolean {
    if (this.#answers === 'yes') return this.#open < (isUrgent ? OPEN.forKey : OPEN.byItself);
    const isFirst = this.#open > 0 && !this.#hasAnswered;
    return isUrgent || !isFirst || performance.now() - this.#askedAt >= FIRST_MS;
  }

  /** What is to be sent behind a frame. */
  ask(): string {
    if (this.#answers === 'no') return '';
    this.#open++;
    this.#askedAt = performance.now();
    this.#timer ??= setTimeout(this.#overdue, PATIENCE_MS).unref();
    return QUESTION;
  }

  answered(): void {
    this.#answers = 'yes';
    this.#hasAnswered = true;
    this.#clear(Math.max(0, this.#open - 1));
    if (this.#open > 0) this.#timer = setTimeout(this.#overdue, PATIENCE_MS).unref();
  }

  /** Resolves when no answer is to come any more; after a while in any case. */
  async quiet(): Promise<void> {
    if (this.#open === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.#onQuiet.push(resolve)),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, this.#hasAnswered ? LAST_MS.known : LAST_MS.unknown);
      }),
    ]);
    clearTimeout(timer);
    this.#clear(0);
  }

  readonly #overdue = (): void => {
    this.#answers = this.#hasAnswered ? 'unknown' : 'no';
    this.#clear(0);
  };

  #clear(open: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#open = open;
    if (open === 0) for (const resolve of this.#onQuiet.splice(0)) resolve();
    this.#onFree();
  }
}
