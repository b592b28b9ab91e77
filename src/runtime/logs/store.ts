/**
 * All log files of one project that this engine writes. Owns which slot has which file, so that two occupants of a slot
 * never write past each other; the only one who reports that logs cannot be written.
 */
import type { LogSlot } from './file-names.ts';
import type { InstanceLog } from './instance-log.ts';
import type { Lane } from './line-format.ts';
import { LogFile } from './log-file.ts';
import type { LogLimits } from './rotating-file.ts';
import { SlotLog } from './slot-log.ts';

/** Fits the facts of an `engine.noticed` event with code `log-write-failed`. */
export interface LogWriteFailure {
  readonly [key: string]: string | number;
  readonly service: string;
  readonly replica: number;
  readonly path: string;
  /** `ENOSPC`, `EACCES`, ... */
  readonly errno: string;
  readonly message: string;
}

export interface LogStoreOptions {
  /** `<stateDir>/logs`; made when missing, readable by its owner only. */
  readonly dir: string;
  /** At most once a minute for each errno. */
  readonly onError: (facts: LogWriteFailure) => void;
}

const REPORT_EVERY_MS = 60_000;

interface OpenFile {
  readonly file: LogFile;
  readonly lanes: Set<number>;
}

export class LogStore {
  readonly #options: LogStoreOptions;
  readonly #files = new Map<string, OpenFile>();
  readonly #logs = new Set<InstanceLog>();
  readonly #reportedAt = new Map<string, number>();

  constructor(options: LogStoreOptions) {
    this.#options = options;
  }

  /**
   * Never fails: what cannot be written is reported and counted. Any number of logs may be open for one slot; the
   * limits of the latest one hold.
   */
  open(service: string, replica: number, limits: LogLimits): InstanceLog {
    const key = `${service}.${replica}`;
    let open = this.#files.get(key);
    if (open) {
      open.file.limits = limits;
    } else {
      const file = new LogFile(this.#options.dir, { service, replica }, limits, this.#onFailure);
      open = { file, lanes: new Set() };
      this.#files.set(key, open);
    }
    const { file, lanes } = open;
    let turn = 0;
    while (lanes.has(turn)) turn++;
    lanes.add(turn);
    const log = new SlotLog(file, (turn % 2) as Lane, async () => {
      this.#logs.delete(log);
      await file.flush();
      lanes.delete(turn);
      if (lanes.size > 0) return;
      this.#files.delete(key);
      await file.close();
    });
    this.#logs.add(log);
    return log;
  }

  /** Closes every log that is still open. */
  async close(): Promise<void> {
    await Promise.all([...this.#logs].map((log) => log.close()));
  }

  readonly #onFailure = (error: NodeJS.ErrnoException, path: string, slot: LogSlot): void => {
    const errno = error.code ?? 'unknown';
    const now = performance.now();
    const reportedAt = this.#reportedAt.get(errno);
    if (reportedAt !== undefined && now - reportedAt < REPORT_EVERY_MS) return;
    this.#reportedAt.set(errno, now);
    this.#options.onError({ ...slot, path, errno, message: error.message });
  };
}
