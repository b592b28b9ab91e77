/** What was prepared for a service, and for which generation of it: done once for each, or taken over from the one before. */
import type { Desired } from './desired.ts';
import type { Prepared, ServiceParts } from './service-parts.ts';

export class PreparedOnce {
  readonly #prepare: ServiceParts['prepare'];
  #done: { readonly generation: number; readonly given: Prepared } | null = null;

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

  forget(): void {
    this.#done = null;
  }

  /** Nothing is noted when `signal` aborts meanwhile. @throws what the preparation throws */
  async ensure(wish: Desired, signal: AbortSignal): Promise<void> {
    if (wish.reuse && this.#done) this.#done = { ...this.#done, generation: wish.generation };
    if (this.of(wish.generation) || wish.replicas === 0) return;
    const given = await this.#prepare(wish.spec, wish.cause, signal);
    if (!signal.aborted) this.#done = { generation: wish.generation, given };
  }
}
