/**
 * One of the two streams a command speaks to: its width, whether it is a terminal, whether it takes colours.
 * A reader that has gone (`| head`, a closed terminal) is not an error: the process ends quietly.
 */
import { type ColourMode, Style, wantsColour } from './style.ts';

/** What a file or pipe is formatted for; a terminal tells its own width. */
const DEFAULT_COLUMNS = 10_000;

type Env = Readonly<Record<string, string | undefined>>;

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
  write(chunk: string | Uint8Array, done?: () => void): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  once(event: 'drain', listener: () => void): unknown;
}

export class Output {
  readonly #env: Env;
  readonly #onGone: () => void;
  #source: OutputStream | (() => OutputStream);
  #stream: OutputStream | null = null;
  #mode: ColourMode = 'auto';
  #style: Style | null = null;
  #soon = '';
  #footer: readonly string[] = [];
  #other: Output | null = null;

  /**
   * @param source a function is called when the stream is needed: Node takes a millisecond to make one
   * @param onGone called when nobody reads any more (EPIPE, EIO)
   */
  constructor(source: OutputStream | (() => OutputStream), env: Env, onGone: () => void = () => process.exit(0)) {
    this.#source = source;
    this.#env = env;
    this.#onGone = onGone;
    if (typeof source !== 'function') this.open();
  }

  /** Makes the stream ready, if it is not yet. */
  open(): OutputStream {
    if (this.#stream) return this.#stream;
    const stream = typeof this.#source === 'function' ? this.#source() : this.#source;
    stream.on('error', (error) => {
      if (error.code === 'EPIPE' || error.code === 'EIO' || error.code === 'ERR_STREAM_DESTROYED') this.#onGone();
      else throw error;
    });
    this.#stream = stream;
    return stream;
  }

  /** Both streams of a command: what one has to say comes after what the other said before, and above its footer. */
  static pair(out: Output, err: Output): void {
    out.#other = err;
    err.#other = out;
  }

  get isTerminal(): boolean {
    return this.open().isTTY === true;
  }

  get style(): Style {
    this.#style ??= new Style(wantsColour(this.#mode, this.isTerminal, this.#env));
    return this.#style;
  }

  /** Once, when the command line has been read. */
  setColour(mode: ColourMode): void {
    this.#mode = mode;
    this.#style = null;
  }

  get columns(): number {
    return this.isTerminal ? Math.max(20, this.open().columns ?? 80) : DEFAULT_COLUMNS;
  }

  write(text: string): void {
    this.#put(this.#taken() + text);
  }

  /**
   * Lines that stay below all others on a terminal, however much is written; elsewhere nothing. Each must fit into the
   * width. None: they go.
   */
  footer(lines: readonly string[]): void {
    if ((lines.length === 0 && this.#footer.length === 0) || !this.isTerminal) return;
    const erased = this.#erased();
    this.#footer = lines;
    this.open().write(erased + this.#taken() + this.#footerText());
  }

  line(text = ''): void {
    this.write(`${text}\n`);
  }

  /** For the many lines of one moment: they go out together, at the end of the turn or before whatever is written next. */
  lineSoon(text: string): void {
    if (this.#soon === '') setImmediate(() => this.release());
    this.#soon += `${text}\n`;
  }

  /** Writes what `lineSoon` holds. */
  release(): void {
    if (this.#soon !== '') this.write('');
  }

  #put(chunk: string | Uint8Array, done?: () => void): boolean {
    this.#other?.release();
    const below = [this, this.#other].find((one) => one !== null && one.#footer.length > 0);
    if (!below) return this.open().write(chunk, done);
    below.open().write(below.#erased());
    const isTaken = this.open().write(chunk, done);
    below.open().write(below.#footerText());
    return isTaken;
  }

  #footerText(): string {
    return this.#footer.map((line) => `${line}\n`).join('');
  }

  /** The cursor goes to where the footer began, and what is below it is cleared. */
  #erased(): string {
    return this.#footer.length === 0 ? '' : `\x1b[${this.#footer.length}F\x1b[J`;
  }

  #taken(): string {
    const text = this.#soon;
    this.#soon = '';
    return text;
  }

  /** Writes and waits until a slow reader has caught up: for floods, which must not pile up in memory. */
  async flood(chunk: string | Uint8Array): Promise<void> {
    this.release();
    if (!this.#put(chunk)) await new Promise<void>((resolve) => this.open().once('drain', resolve));
  }

  /** Resolves when all of it is with the operating system: on some, pipes are written behind. */
  flush(): Promise<void> {
    this.release();
    // Nothing was ever said.
    if (!this.#stream) return Promise.resolve();
    return new Promise((resolve) => this.#put('', () => resolve()));
  }

  json(value: unknown): void {
    this.write(`${JSON.stringify(value, null, this.isTerminal ? 2 : undefined)}\n`);
  }
}
