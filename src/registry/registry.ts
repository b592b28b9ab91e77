/**
 * The in-memory service registry: which instances exist, where they listen and whether they take requests.
 *
 * Written by each instance's supervisor (an exit is known at once, there is no lease to run out) and, for instances
 * that msvc did not start, by their lease (`registrations.ts`); read by the gateway through the change feed. Holds no
 * timers and does no I/O. Every change makes a new version; a reader that subscribes gets the snapshot and then every
 * later change, none lost, none twice.
 *
 * A row that `replaces` and is ready puts the service's other ready rows on standby for as long as it is: readers see
 * the one become ready before the others leave, and the others come back before it goes.
 */
import type { InstanceId, ServiceName } from '../model/names.ts';

/** `standby`: ready, but a row that replaces it takes its requests. Only the registry itself gives this state. */
export type RowState = 'starting' | 'ready' | 'draining' | 'standby';

export interface Row {
  readonly id: InstanceId;
  readonly service: ServiceName;
  readonly replica: number;
  readonly host: string;
  readonly port: number;
  readonly state: RowState;
  /** What it is called where a replica would be `catalog.2`; absent = that. */
  readonly label?: string;
  /** Its share of the service's requests compared with others'; absent = 1. */
  readonly weight?: number;
  /** What whoever registered it says of it. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** A check warns: it takes requests all the same. */
  readonly warning?: true;
  /** Not started by msvc. */
  readonly external?: true;
  /** While it is ready the service's other rows stand by. */
  readonly replaces?: true;
  /** Version of the registry that wrote this row last. */
  readonly version: number;
}

/** A row as its writer has it. */
export type NewRow = Omit<Row, 'version' | 'state'> & { readonly state: Exclude<RowState, 'standby'> };

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
  /** As readers see them. */
  readonly #rows = new Map<InstanceId, Row>();
  /** As they were written, by service. */
  readonly #written = new Map<ServiceName, Map<InstanceId, NewRow>>();
  /** Version of a service's last change, of services that have had a row. */
  readonly #serviceVersions = new Map<ServiceName, number>();
  readonly #availability = new Map<ServiceName, Availability>();
  readonly #watchers = new Set<(change: Change) => void>();

  get version(): number {
    return this.#version;
  }

  snapshot(): Snapshot {
    return {
      version: this.#version,
      rows: [...this.#rows.values()],
      availability: Object.fromEntries(this.#availability),
    };
  }

  /** Of one service, in the order they came. */
  rowsOf(service: string): Row[] {
    const written = this.#written.get(service as ServiceName);
    return written ? [...written.keys()].map((id) => this.#rows.get(id)!) : [];
  }

  row(id: string): Row | undefined {
    return this.#rows.get(id as InstanceId);
  }

  /** Services with a row, and the version of the last change of each. 0 for one that never had any. */
  services(): ServiceName[] {
    return [...this.#written].filter(([, rows]) => rows.size > 0).map(([name]) => name);
  }

  versionOf(service: string): number {
    return this.#serviceVersions.get(service as ServiceName) ?? 0;
  }

  /** @returns the snapshot the feed continues from, and the way out of it. Watchers run synchronously and must not throw. */
  watch(watcher: (change: Change) => void): { readonly snapshot: Snapshot; readonly stop: () => void } {
    this.#watchers.add(watcher);
    return { snapshot: this.snapshot(), stop: () => this.#watchers.delete(watcher) };
  }

  /** Adds or replaces a row; no change is published when nothing differs. */
  put(row: NewRow): void {
    let rows = this.#written.get(row.service);
    if (!rows) {
      rows = new Map();
      this.#written.set(row.service, rows);
    }
    rows.set(row.id, row);
    this.#settle(rows);
  }

  remove(id: InstanceId): void {
    const old = this.#rows.get(id);
    if (!old) return;
    const rows = this.#written.get(old.service)!;
    rows.delete(id);
    this.#settle(rows);
    this.#rows.delete(id);
    const version = this.#next(old.service);
    this.#publish({ type: 'row-gone', version, id, service: old.service });
  }

  setAvailability(service: ServiceName, availability: Availability): void {
    if (this.#availability.get(service) === availability) return;
    this.#availability.set(service, availability);
    this.#publish({ type: 'availability', version: ++this.#version, service, availability });
  }

  /** Publishes what readers do not know yet: first who takes requests from now on, then who does no more. */
  #settle(rows: ReadonlyMap<InstanceId, NewRow>): void {
    const replaced = [...rows.values()].some((row) => row.replaces && row.state === 'ready');
    const later: (() => void)[] = [];
    for (const row of rows.values()) {
      const state: RowState = replaced && row.state === 'ready' && !row.replaces ? 'standby' : row.state;
      const known = this.#rows.get(row.id);
      if (known && isSame(known, row, state)) continue;
      const write = (): void => {
        const version = this.#next(row.service);
        // In this order all rows are of one hidden class: what begins with a copy and adds to it gets one of its own.
        const written: Row = { version, ...row, state };
        this.#rows.set(row.id, written);
        this.#publish({ type: 'row', version, row: written });
      };
      if (state === 'ready') write();
      else later.push(write);
    }
    for (const write of later) write();
  }

  #next(service: ServiceName): number {
    this.#serviceVersions.set(service, ++this.#version);
    return this.#version;
  }

  #publish(change: Change): void {
    for (const watcher of this.#watchers) watcher(change);
  }
}

function isSame(known: Row, row: NewRow, state: RowState): boolean {
  return (
    known.state === state &&
    known.port === row.port &&
    known.host === row.host &&
    known.weight === row.weight &&
    known.warning === row.warning &&
    known.replaces === row.replaces &&
    JSON.stringify([known.metadata, known.tags]) === JSON.stringify([row.metadata, row.tags])
  );
}
