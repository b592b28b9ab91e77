/**
 * The only writer of one slot's log files, shared by all occupants of the slot. Gathers lines in memory and writes them
 * in the background, one write at a time, in order.
 *
 * Owns the queue and the state of failure. Memory is bounded as long as its callers stop when `full` is set and go on at
 * `onDrain`. While the disk refuses, lines are counted and dropped, so that no service ever blocks on a full disk.
 */
import { BLOCK_BYTES, giveBlock, takeBlock } from './blocks.ts';
import type { LogSlot } from './file-names.ts';
import { MARK, MARK_AT, prefixAfterTime, timeStamp } from './line-format.ts';
import { type LogLimits, RotatingFile } from './rotating-file.ts';

/** Queued bytes above which sources should pause; they go on when the queue is empty. */
const HIGH_WATER_BYTES = 512 * 1024;
/** After a failed write the disk is left alone this long. */
const RETRY_MS = 1000;
/** The clock may be set back by less than this without a later line being stamped earlier. */
const CLOCK_SLACK_MS = 1000;
const NEWLINE = 10;
const UNFINISHED: ReadonlySet<number> = new Set([MARK.begin, MARK.middle].map((mark) => mark.charCodeAt(0)));

export class LogFile {
  readonly slot: LogSlot;
  readonly #file: RotatingFile;
  readonly #onFailure: (error: NodeJS.ErrnoException, path: string, slot: LogSlot) => void;
  readonly #drains = new Set<() => void>();
  #queue: Buffer[] = [];
  #filling: Buffer | null = null;
  #filled = 0;
  #queuedBytes = 0;
  #pumping: Promise<void> | null = null;
  #stampMs = 0;
  #lost = 0;
  #lostTo = '';
  #retryAt = 0;
  #closed = false;

  constructor(
    dir: string,
    slot: LogSlot,
    limits: LogLimits,
    onFailure: (error: NodeJS.ErrnoException, path: string, slot: LogSlot) => void,
  ) {
    this.slot = slot;
    this.#file = new RotatingFile(dir, slot, limits);
    this.#onFailure = onFailure;
  }

  /** The latest occupant's wish. */
  set limits(limits: LogLimits) {
    this.#file.limits = limits;
  }

  /** Sources should stop reading until `onDrain`. */
  get full(): boolean {
    return this.#queuedBytes > HIGH_WATER_BYTES;
  }

  onDrain(listener: () => void): () => void {
    this.#drains.add(listener);
    return () => this.#drains.delete(listener);
  }

  /** Time for the next lines, as on disk. */
  stamp(): string {
    const now = Date.now();
    if (now >= this.#stampMs || this.#stampMs - now > CLOCK_SLACK_MS) this.#stampMs = now;
    return timeStamp(this.#stampMs);
  }

  /** The parts, one character a byte, together are whole lines with their prefixes, the last one ending in a newline. */
  write(...parts: readonly string[]): void {
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    const block = this.#blockFor(bytes);
    for (const part of parts) this.#filled += block.write(part, this.#filled, 'latin1');
    this.#queuedBytes += bytes;
    this.#pumping ??= this.#pump();
  }

  /** Everything so far is with the operating system, or lost and reported. */
  async flush(): Promise<void> {
    while (this.#pumping) await this.#pumping;
  }

  /** What is written later still arrives; the descriptor is not kept open for it. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    if (this.#lost > 0) await this.#sayLost();
    await this.#file.close();
  }

  #blockFor(bytes: number): Buffer {
    if (this.#filling && this.#filled + bytes > this.#filling.length) this.#seal();
    if (!this.#filling) {
      this.#filling = bytes > BLOCK_BYTES ? Buffer.allocUnsafeSlow(bytes) : takeBlock();
      this.#filled = 0;
    }
    return this.#filling;
  }

  #seal(): void {
    if (!this.#filling) return;
    this.#queue.push(this.#filling.subarray(0, this.#filled));
    this.#filling = null;
  }

  async #pump(): Promise<void> {
    // All that the pipes hold in this turn of the event loop goes out in one write.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queuedBytes > 0) {
      this.#seal();
      const batch = this.#queue;
      this.#queue = [];
      for (const lines of batch) {
        await this.#writeOut(lines);
        this.#queuedBytes -= lines.length;
        if (lines.buffer.byteLength === BLOCK_BYTES) giveBlock(Buffer.from(lines.buffer));
      }
      if (!this.full) for (const drain of this.#drains) drain();
    }
    if (this.#closed) await this.#file.close();
    this.#pumping = null;
    if (this.#queuedBytes > 0) this.#pumping = this.#pump();
  }

  async #writeOut(lines: Buffer): Promise<void> {
    if (this.#lost > 0 && (performance.now() < this.#retryAt || !(await this.#sayLost()))) {
      this.#lost += countLines(lines);
      return;
    }
    const { kept, error } = await this.#file.append(lines);
    if (error) this.#fail(error, countLines(lines.subarray(kept)));
  }

  async #sayLost(): Promise<boolean> {
    const prefix = `${timeStamp(Date.now())}${prefixAfterTime('msvc', 0, MARK.whole)}`;
    const { error } = await this.#file.append(Buffer.from(`${prefix}${this.#lost} lines lost: ${this.#lostTo}\n`));
    if (error) this.#fail(error, 0);
    else this.#lost = 0;
    return !error;
  }

  #fail(error: NodeJS.ErrnoException, lost: number): void {
    this.#lost += lost;
    this.#lostTo = error.code ?? error.message;
    this.#retryAt = performance.now() + RETRY_MS;
    this.#onFailure(error, this.#file.path, this.slot);
  }
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = 0; at < lines.length; at = lines.indexOf(NEWLINE, at) + 1 || lines.length) {
    // The pieces of one line are one line, with its last.
    if (!UNFINISHED.has(lines[at + MARK_AT]!)) count++;
  }
  return count;
}
