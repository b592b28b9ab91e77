/**
 * What was prepared for a service, or for one instance of it, and for which generation: done once for each, or taken over
 * from the one before. A preparation goes on while the wish changes in what it does not depend on (the number of
 * replicas): half a migration is worse than none.
 */
import type { Desired } from './desired.ts';
import { Ending } from './ending.ts';
import type { Prepared, ServiceParts } from './service-parts.ts';
import { untilAborted } from './until-aborted.ts';

interface Doing {
  readonly generation: number;
  readonly ending: Ending;
  readonly over: Promise<Prepared>;
}

export class PreparedOnce {
  readonly #prepare: ServiceParts['prepare'];
  #done: { readonly generation: number; readonly given: Prepared } | null = null;
  /** Under way, or over with a result that nobody has taken yet. */
  #doing: Doing | null = null;

  constructor(prepare: ServiceParts['prepare']) {
    this.#prepare = prepare;
  }

  get given(): Prepared {
    return this.#done?.given ?? { image: null };
  }

  /** Null while that generation has not been prepared. */
  of(generation: number): Prepared | null {
    return this.#done?.generation === generation ? this.#done.given : null;
  }

  /** Everything is to be prepared again. */
  forget(): void {
    this.#done = null;
    this.#doing?.ending.begin();
  }

  /** Resolves when what is under way has been ended. @param graceMs for its commands, in place of their definition's */
  async abandon(graceMs?: number): Promise<void> {
    const doing = this.#doing;
    doing?.ending.begin(graceMs);
    await doing?.over.catch(() => {});
    this.#doing = null;
  }

  /** What is being ended, or will be, has at most this long. */
  hurry(graceMs: number): void {
    this.#doing?.ending.hurry(graceMs);
  }

  /** What is being ended has no time left. */
  killNow(): void {
    if (this.#doing?.ending.begun) this.#doing.ending.hurry(0);
  }

  /** When `signal` aborts it is no longer waited for, and goes on. @throws what the preparation throws */
  async ensure(wish: Desired, signal: AbortSignal): Promise<void> {
    if (wish.reuse && this.#done) this.#done = { ...this.#done, generation: wish.generation };
    if (this.of(wish.generation) || wish.replicas === 0) return;
    if (this.#doing?.generation !== wish.generation || this.#doing.ending.begun) {
      if (this.#doing) await this.abandon(wish.graceMs);
      this.#doing = this.#begin(wish);
      if (!this.#doing) return;
    }
    const { over, generation, ending } = this.#doing;
    const given = await untilAborted(signal, over).catch((error: unknown) => {
      this.#doing = null;
      throw error;
    });
    if (!given || ending.begun) return;
    this.#doing = null;
    this.#done = { generation, given };
  }

  /** Null when it was done at once. */
  #begin({ generation, spec, cause }: Desired): Doing | null {
    const ending = new Ending();
    const over = this.#prepare(spec, cause, ending);
    if (!(over instanceof Promise)) {
      this.#done = { generation, given: over };
      return null;
    }
    over.catch(() => {});
    return { generation, ending, over };
  }
}
