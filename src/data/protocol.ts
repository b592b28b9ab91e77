/** What the preparation's worker thread is given and what it sends back: plain structured-clone data. */
import type { ErrorData } from '../model/error.ts';
import type { Place } from '../model/place.ts';
import type { DatabaseSpec } from '../model/project.ts';

export interface PrepareTask {
  readonly service: string;
  readonly spec: DatabaseSpec;
  /** Of `database` in msvc.yaml: for errors that have no place in an SQL file. */
  readonly place?: Place | undefined;
  readonly busyTimeoutMs: number;
}

export interface Applied {
  readonly kind: 'migration' | 'seed';
  /** Absolute. */
  readonly file: string;
  readonly tookMs: number;
}

export interface Prepared {
  /** Names of the files that were applied now, in order. */
  readonly applied: readonly string[];
  /** The seed ran now. */
  readonly seeded: boolean;
}

/** Any number of `applied`, then exactly one of the others. */
export type FromWorker =
  | { readonly type: 'applied'; readonly applied: Applied }
  | { readonly type: 'done'; readonly prepared: Prepared }
  | { readonly type: 'failed'; readonly error: ErrorData };
