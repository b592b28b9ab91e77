/**
 * The log of one occupant of a replica slot. Owns its open pipes, its unfinished lines, its tail and its line watchers;
 * the file belongs to the slot and may be shared with another occupant during a rollout.
 */
import { stripAnsi } from './ansi.ts';
import type { InstanceLog, LogInput } from './instance-log.ts';
import { fromBytes, type Lane, MARK, prefixAfterTime, type StreamName, toBytes } from './line-format.ts';
import { LineSource, type Listener } from './line-source.ts';
import type { LogFile } from './log-file.ts';
import { type PipeReader, readPipe } from './pipe-reader.ts';
import { Tail } from './tail.ts';

export class SlotLog implements InstanceLog {
  readonly #file: LogFile;
  readonly #lane: Lane;
  readonly #onClose: () => Promise<void>;
  readonly #tail = new Tail();
  readonly #watchers = new Set<(line: string) => void>();
  readonly #sources = new Map<string, LineSource>();
  readonly #pipes = new Map<PipeReader, LineSource>();
  readonly #inputs = new Set<LineSource>();
  readonly #listener: Listener;
  readonly #stopDrain: () => void;
  #closed: Promise<void> | null = null;

  constructor(file: LogFile, lane: Lane, onClose: () => Promise<void>) {
    this.#file = file;
    this.#lane = lane;
    this.#onClose = onClose;
    const watchers = this.#watchers;
    this.#listener = {
      said: (text) => {
        this.#tail.push(text);
        if (watchers.size > 0) this.#tell(text);
      },
      waiting: (text) => {
        if (watchers.size > 0) this.#tell(text);
      },
      get wantsAll() {
        return watchers.size > 0;
      },
    };
    this.#stopDrain = file.onDrain(() => {
      for (const pipe of this.#pipes.keys()) pipe.resume();
    });
  }

  async attach(fd: number, stream: StreamName, onChunk?: (chunk: Buffer) => void): Promise<void> {
    const source = this.#newSource(stream);
    const pipe = readPipe(fd, (chunk) => {
      source.push(chunk);
      onChunk?.(chunk);
      return !this.#file.full;
    });
    this.#pipes.set(pipe, source);
    await pipe.ended;
    this.#pipes.delete(pipe);
    source.end();
    await this.#file.flush();
  }

  note(line: string): void {
    const prefix = `${this.#file.stamp()}${prefixAfterTime('msvc', this.#lane, MARK.whole)}`;
    this.#file.write(`${prefix}${toBytes(line.replace(/\n$/, '')).replaceAll('\n', `\n${prefix}`)}\n`);
  }

  append(stream: StreamName, chunk: Buffer): void {
    let source = this.#sources.get(stream);
    if (!source) {
      source = this.#newSource(stream);
      this.#sources.set(stream, source);
    }
    source.push(chunk);
  }

  open(stream: StreamName): LogInput {
    const source = this.#newSource(stream);
    this.#inputs.add(source);
    const file = this.#file;
    return {
      push(chunk) {
        source.push(chunk);
        return !file.full;
      },
      room: () =>
        new Promise((resolve) => {
          if (!file.full) return resolve();
          const off = file.onDrain(() => {
            off();
            resolve();
          });
        }),
      end: async () => {
        if (!this.#inputs.delete(source)) return;
        source.end();
        await file.flush();
      },
    };
  }

  tail(lines: number): readonly string[] {
    const open = [...this.#pipes.values(), ...this.#sources.values(), ...this.#inputs]
      .map((source) => source.open)
      .filter(Boolean);
    const said = open.length < lines ? this.#tail.last(lines - open.length) : [];
    return [...said, ...open].slice(-lines).map(readable);
  }

  watch(onLine: (line: string) => void): () => void {
    for (const line of this.tail(Number.POSITIVE_INFINITY)) onLine(line);
    // Wrapped: the same function may watch twice.
    const watcher = (line: string): void => onLine(line);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  begin(): void {
    this.#endAppended();
    this.#tail.clear();
  }

  flush(): Promise<void> {
    this.#endAppended();
    return this.#file.flush();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const pipe of this.#pipes.keys()) pipe.stop();
    await Promise.all([...this.#pipes.keys()].map((pipe) => pipe.ended));
    for (const source of [...this.#pipes.values(), ...this.#inputs]) source.end();
    this.#inputs.clear();
    this.#endAppended();
    this.#stopDrain();
    this.#watchers.clear();
    await this.#onClose();
  }

  #newSource(stream: StreamName): LineSource {
    return new LineSource(this.#file, stream, this.#lane, this.#listener);
  }

  /** A one-shot's output has no end of its own; what comes next ends it. */
  #endAppended(): void {
    for (const source of this.#sources.values()) source.end();
    this.#sources.clear();
  }

  #tell(text: string): void {
    for (const line of text.split('\n')) {
      const told = readable(line);
      for (const watcher of this.#watchers) watcher(told);
    }
  }
}

function readable(bytes: string): string {
  const text = stripAnsi(fromBytes(bytes));
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
