/**
 * What was prepared for a service, and for which generation of it: done once for each, or taken over from the one before.
 * A preparation goes on while the wish changes in what it does not depend on (the number of replicas): half a migration
 * is worse than none.
 */
import type { Desired } from './desired.ts';
import type { Prepared, ServiceParts } from './service-parts.ts';
import { untilAborted } from './until-aborted.ts';

interface Doing {
  readonly generation: number;
  readonly stop: AbortController;
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
    this.#doing?.stop.abort();
  }

  /** Resolves when what is under way has been ended. */
  async abandon(): Promise<void> {
    const doing = this.#doing;
    doing?.stop.abort();
    await doing?.over.catch(() => {});
    this.#doing = null;
  }

  /** When `signal` aborts it is no longer waited for, and goes on. @throws what the preparation throws */
  async ensure(wish: Desired, signal: AbortSignal): Promise<void> {
    if (wish.reuse && this.#done) this.#done = { ...this.#done, generation: wish.generation };
    if (this.of(wish.generation) || wish.replicas === 0) return;
    if (this.#doing?.generation !== wish.generation || this.#doing.stop.signal.aborted) {
      if (this.#doing) await this.abandon();
      this.#doing = this.#begin(wish);
      if (!this.#doing) return;
    }
    const { over, generation, stop } = this.#doing;
    const given = await untilAborted(signal, over).catch((error: unknown) => {
      this.#doing = null;
      throw error;
    });
    if (!given || stop.signal.aborted) return;
    this.#doing = null;
    this.#done = { generation, given };
  }

  /** Null when it was done at once. */
  #begin({ generation, spec, cause }: Desired): Doing | null {
    const stop = new AbortController();
    const over = this.#prepare(spec, cause, stop);
    if (!(over instanceof Promise)) {
      this.#done = { generation, given: over };
      return null;
    }
    over.catch(() => {});
    return { generation, stop, over };
  }
}
