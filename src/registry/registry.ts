/**
 * The in-memory service registry: which instances exist, where they listen and whether they take requests.
 *
 * Written by each instance's supervisor (an exit is known at once, there is no lease to run out); read by the
 * gateway through the change feed. Holds no timers and does no I/O. Every change makes a new version; a reader that
 * subscribes gets the snapshot and then every later change, none lost, none twice.
 */
import type { InstanceId, ServiceName } from '../model/names.ts';

export type RowState = 'starting' | 'ready' | 'draining';

export interface Row {
  readonly id: InstanceId;
  readonly service: ServiceName;
  readonly replica: number;
  readonly host: string;
  readonly port: number;
  readonly state: RowState;
  /** Version of the registry that wrote this row last. */
  readonly version: number;
}

/** What a request meets when no row of the service is ready. */
export type Availability =
  /** Coming up, reloading or between two attempts: wait for it. */
  | 'expected'
  /** Stopped on request, or not part of this run: answer at once. */
  | 'stopped'
  /** In a crash loop or failed for good: answer at once. */
  | 'failed';

export type Change =
  | { readonly type: 'row'; readonly version: number; readonly row: Row }
  | { readonly type: 'row-gone'; readonly version: number; readonly id: InstanceId; readonly service: ServiceName }
  | {
      readonly type: 'availability';
      readonly version: number;
      readonly service: ServiceName;
      readonly availability: Availability;
    };

export interface Snapshot {
  readonly version: number;
  readonly rows: readonly Row[];
  readonly availability: Readonly<Record<string, Availability>>;
}

export class Registry {
  #version = 0;
  readonly #rows = new Map<InstanceId, Row>();
  readonly #availability = new Map<ServiceName, Availability>();
  readonly #watchers = new Set<(change: Change) => void>();

  snapshot(): Snapshot {
    return {
      version: this.#version,
      rows: [...this.#rows.values()],
      availability: Object.fromEntries(this.#availability),
    };
  }

  /** @returns the snapshot the feed continues from, and the way out of it. Watchers run synchronously and must not throw. */
  watch(watcher: (change: Change) => void): { readonly snapshot: Snapshot; readonly stop: () => void } {
    this.#watchers.add(watcher);
    return { snapshot: this.snapshot(), stop: () => this.#watchers.delete(watcher) };
  }

  /** Adds or replaces a row; no change is published when nothing differs. */
  put(row: Omit<Row, 'version'>): void {
    const old = this.#rows.get(row.id);
    if (old && old.state === row.state && old.port === row.port && old.host === row.host) return;
    const written: Row = { ...row, version: ++this.#version };
    this.#rows.set(row.id, written);
    this.#publish({ type: 'row', version: this.#version, row: written });
  }

  remove(id: InstanceId): void {
    const old = this.#rows.get(id);
    if (!old) return;
    this.#rows.delete(id);
    this.#publish({ type: 'row-gone', version: ++this.#version, id, service: old.service });
  }

  setAvailability(service: ServiceName, availability: Availability): void {
    if (this.#availability.get(service) === availability) return;
    this.#availability.set(service, availability);
    this.#publish({ type: 'availability', version: ++this.#version, service, availability });
  }

  #publish(change: Change): void {
    for (const watcher of this.#watchers) watcher(change);
  }
}
