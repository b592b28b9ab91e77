/**
 * The events of a project's runs on disk, so that `why` and `events` can answer when no engine runs: one JSON line an
 * event, as the log has masked it. Owns `events.jsonl` and the one older file beside it.
 *
 * Nobody waits for it: lines are written together, up to a quarter of a second late, and that much is lost when the
 * engine is killed. A file that begins in the middle of a run begins with the view of that moment.
 */
import { appendFile, appendFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { View } from '../model/view.ts';

const LATE_MS = 250;
/** Of one file; two are kept. Some ten thousand events. */
const MAX_BYTES = 2 * 1024 * 1024;

export const EVENT_FILES = { current: 'events.jsonl', older: 'events.1.jsonl' } as const;

export interface EventFileOptions {
  readonly stateDir: string;
  /** The view, with every line that was added so far folded in. */
  readonly view: () => View;
  /** Told once; nothing is written afterwards. */
  readonly onFailed: (error: Error) => void;
  readonly maxBytes?: number;
}

export class EventFile {
  readonly #options: EventFileOptions;
  readonly #current: string;
  readonly #older: string;
  #lines: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  /** Of the current file; null before the first write. */
  #bytes: number | null = null;
  #over = false;
  readonly #atExit = (): void => this.#writeNow();

  constructor(options: EventFileOptions) {
    this.#options = options;
    this.#current = path.join(options.stateDir, EVENT_FILES.current);
    this.#older = path.join(options.stateDir, EVENT_FILES.older);
    process.once('exit', this.#atExit);
  }

  /** @param line one event as JSON */
  add(line: string): void {
    if (this.#over) return;
    this.#lines.push(line);
    this.#timer ??= setTimeout(() => void this.#write(), LATE_MS).unref();
  }

  /** All that was added is with the operating system; nothing is taken any more. */
  async close(): Promise<void> {
    await this.#writing;
    this.#writeNow();
    this.#over = true;
    process.off('exit', this.#atExit);
  }

  remove(): void {
    for (const file of [this.#current, this.#older]) rmSync(file, { force: true });
  }

  #write(): Promise<void> {
    this.#writing ??= new Promise<void>((resolve) => {
      const text = this.#take();
      appendFile(this.#current, text, { mode: 0o600 }, (error) => {
        this.#writing = null;
        this.#wrote(text, error);
        resolve();
      });
    });
    return this.#writing;
  }

  #writeNow(): void {
    if (this.#over || this.#lines.length === 0) return;
    const text = this.#take();
    try {
      appendFileSync(this.#current, text, { mode: 0o600 });
      this.#wrote(text, null);
    } catch (error) {
      this.#wrote(text, error as Error);
    }
  }

  #take(): string {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    return text;
  }

  #wrote(text: string, error: Error | null): void {
    try {
      if (error) throw error;
      this.#bytes ??= statSync(this.#current).size - text.length;
      this.#bytes += text.length;
      if (this.#bytes > (this.#options.maxBytes ?? MAX_BYTES)) this.#turn();
      // What came while this was written.
      if (this.#lines.length > 0) this.#timer ??= setTimeout(() => void this.#write(), LATE_MS).unref();
    } catch (failure) {
      this.#over = true;
      this.#options.onFailed(failure as Error);
    }
  }

  #turn(): void {
    renameSync(this.#current, this.#older);
    // Events that are added but not yet written are in this view already; folding them again changes nothing.
    const line = `${JSON.stringify({ view: this.#options.view() })}\n`;
    appendFileSync(this.#current, line, { mode: 0o600 });
    this.#bytes = line.length;
  }
}
