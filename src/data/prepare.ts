/**
 * Prepares a service's database from the engine: starts the worker thread, passes on what it tells, ends it. Loads no
 * SQLite in its own thread, and starts no thread at all when nothing changed since the last success in this process,
 * so that a reload on save does not pay for it.
 */
import { readdirSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { MsvcError } from '../model/error.ts';
import type { Place } from '../model/place.ts';
import type { DatabaseSpec } from '../model/project.ts';
import type { Applied, FromWorker, Prepared, PrepareTask } from './protocol.ts';

const BUSY_TIMEOUT_MS = 10_000;
const NOTHING_NEW: Prepared = { applied: [], seeded: false };

/** Path of a database -> what it and its SQL files looked like when they were last found in order. */
const inOrder = new Map<string, string>();

export interface PrepareOptions {
  readonly service: string;
  readonly spec: DatabaseSpec;
  /** The bundled worker's file, `dist/data/worker.js`. */
  readonly workerFile: URL;
  readonly onApplied?: (applied: Applied) => void;
  /** Of the service in msvc.yaml; `database` is used for errors that have no place in an SQL file. */
  readonly places?: Readonly<Record<string, Place>>;
  /** Ends the wait and, after its current statement, the work; the file being applied is rolled back. */
  readonly signal?: AbortSignal;
}

/**
 * Creates folder (0700) and file (0600) where missing, sets WAL, applies pending migrations under a lock across
 * processes, then the seed of a new database.
 * @throws MsvcError MSVC_MIGRATION_FAILED, _CHANGED, _ORDER, MSVC_SEED_FAILED, MSVC_DATABASE_BUSY, _INVALID,
 *   MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL; MSVC_STOPPING when aborted
 */
export async function prepareDatabase(options: PrepareOptions): Promise<Prepared> {
  const { service, spec, places } = options;
  const known = inOrder.get(spec.path);
  if (known !== undefined && known === fingerprint(spec)) return NOTHING_NEW;
  inOrder.delete(spec.path);
  const before = sources(spec);
  const place = places?.database ?? places?.service;
  const prepared = await inWorker({ service, spec, place, busyTimeoutMs: BUSY_TIMEOUT_MS }, options);
  // A file saved while the worker ran is looked at again next time.
  if (before === sources(spec)) inOrder.set(spec.path, fingerprint(spec));
  return prepared;
}

function inWorker(task: PrepareTask, { workerFile, onApplied, signal }: PrepareOptions): Promise<Prepared> {
  return new Promise((resolve, reject) => {
    const stopped = (): MsvcError =>
      new MsvcError('MSVC_STOPPING', `the preparation of the database of ${task.service} was given up`);
    if (signal?.aborted) return reject(stopped());
    const worker = new Worker(workerFile, { workerData: task });
    const abort = (): void => {
      reject(stopped());
      void worker.terminate();
    };
    signal?.addEventListener('abort', abort, { once: true });
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'applied') onApplied?.(message.applied);
      else if (message.type === 'done') resolve(message.prepared);
      else reject(MsvcError.fromData(message.error));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', abort);
      // No effect after an answer.
      reject(new Error(`the database worker of ${task.service} ended with code ${code} and no answer`));
    });
  });
}

/** Changes with the definition, the set of SQL files, their contents, and the identity of the database's file. */
function fingerprint(spec: DatabaseSpec): string {
  const database = statSync(spec.path, { throwIfNoEntry: false });
  return `${database?.dev}:${database?.ino}:${database?.birthtimeMs}|${sources(spec)}`;
}

function sources(spec: DatabaseSpec): string {
  const files = spec.migrations === undefined ? [] : sqlFiles(spec.migrations);
  if (spec.seed !== undefined) files.push(spec.seed);
  const look = (file: string): unknown[] => {
    const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
    return [file, stat && `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`];
  };
  return JSON.stringify([spec, files.map(look)]);
}

function sqlFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => `${folder}/${name}`);
  } catch {
    // The worker meets it again and says what is wrong.
    return [];
  }
}
