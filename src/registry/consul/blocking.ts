/**
 * Blocking queries (https://developer.hashicorp.com/consul/api-docs/features/blocking): a reader names the index it
 * knows, and is answered when there is a newer one. One watcher of the registry serves them all, and only readers of
 * the service that changed are woken, a moment later. Owns the waiting readers.
 */
import { FaceError } from '../http/face.ts';
import type { Registry } from '../registry.ts';
import { goDurationMs } from './duration.ts';

const DEFAULT_WAIT_MS = 5 * 60_000;
const MAX_WAIT_MS = 10 * 60_000;
/** Up to this part of the time is added at random, as Consul does: readers that began together do not all come back at once. */
const JITTER = 1 / 16;
/** All services: what a reader of the catalog waits for. */
const ALL = '';
/**
 * Pause before readers are answered: changes that come together are told together, and the gateway has acted on them
 * before a thousand answers want the machine.
 */
const GATHER_MS = 10;
/** Readers answered in one turn: a change must not wait until all of them have been. */
const A_TURN = 16;

export class Blocking {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #stop: () => void;
  #changed = new Set<string>();

  constructor(registry: Registry) {
    this.#stop = registry.watch((change) => {
      if (change.type === 'availability' || this.#waiting.size === 0) return;
      if (this.#changed.size === 0) setTimeout(() => this.#wake(), GATHER_MS).unref();
      this.#changed.add(change.type === 'row' ? change.row.service : change.service).add(ALL);
    }).stop;
  }

  get readers(): number {
    return [...this.#waiting.values()].reduce((sum, set) => sum + set.size, 0);
  }

  /**
   * Resolves when `indexOf()` is above the index of the query, when its `wait` is over, or when the reader has gone. At
   * once for a query without an index, or with one that this registry never gave (it began anew).
   * @param service '' = all
   * @throws FaceError 400 for an index or a time that is none, as Consul answers them
   */
  async until(service: string, query: URLSearchParams, gone: AbortSignal, indexOf: () => number): Promise<void> {
    const { known, waitMs } = questionOf(query);
    if (known <= 0 || indexOf() !== known) return;
    await new Promise<void>((resolve) => {
      let set = this.#waiting.get(service);
      if (!set) {
        set = new Set();
        this.#waiting.set(service, set);
      }
      const mine = set;
      const look = (): void => {
        if (indexOf() !== known) done();
      };
      const done = (): void => {
        clearTimeout(timer);
        gone.removeEventListener('abort', done);
        mine.delete(look);
        if (mine.size === 0 && this.#waiting.get(service) === mine) this.#waiting.delete(service);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      timer.unref();
      gone.addEventListener('abort', done, { once: true });
      mine.add(look);
      if (gone.aborted) done();
    });
  }

  close(): void {
    this.#stop();
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = new Set();
    const open = [...changed].flatMap((service) => [...(this.#waiting.get(service) ?? [])]);
    const some = (): void => {
      for (const look of open.splice(0, A_TURN)) look();
      if (open.length > 0) setImmediate(some);
    };
    some();
  }
}

function questionOf(query: URLSearchParams): { readonly known: number; readonly waitMs: number } {
  const index = query.get('index') ?? '0';
  if (!/^\d{1,15}$/.test(index)) throw new FaceError(400, 'Invalid index');
  const wait = query.get('wait') ?? '';
  const asked = wait === '' ? 0 : goDurationMs(wait);
  if (asked === undefined) throw new FaceError(400, 'Invalid wait time');
  const waitMs = Math.min(asked === 0 ? DEFAULT_WAIT_MS : asked, MAX_WAIT_MS);
  return { known: Number(index), waitMs: waitMs * (1 + Math.random() * JITTER) };
}
