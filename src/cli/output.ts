/**
 * One of the two streams a command speaks to: its width, whether it is a terminal, whether it takes colours.
 * A reader that has gone (`| head`, a closed terminal) is not an error: the process ends quietly.
 */
import { type ColourMode, Style, wantsColour } from './style.ts';

/** What a file or pipe is formatted for; a terminal tells its own width. */
const DEFAULT_COLUMNS = 10_000;

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(chunk: string | Uint8Array, done?: () => void): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  once(event: 'drain', listener: () => void): unknown;
}

export class Output {
  readonly isTerminal: boolean;
  readonly #stream: OutputStream;
  #style: Style;
  #soon = '';
  #footer: readonly string[] = [];
  #other: Output | null = null;

  /** @param onGone called when nobody reads any more (EPIPE, EIO) */
  constructor(
    stream: OutputStream,
    env: Readonly<Record<string, string | undefined>>,
    onGone: () => void = () => process.exit(0),
  ) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.#style = new Style(wantsColour('auto', this.isTerminal, env));
    stream.on('error', (error) => {
      if (error.code === 'EPIPE' || error.code === 'EIO' || error.code === 'ERR_STREAM_DESTROYED') onGone();
      else throw error;
    });
  }

  /** Both streams of a command: what one has to say comes after what the other said before, and above its footer. */
  static pair(out: Output, err: Output): void {
    out.#other = err;
    err.#other = out;
  }

  get style(): Style {
    return this.#style;
  }

  /** Once, when the command line has been read. */
  setColour(mode: ColourMode, env: Readonly<Record<string, string | undefined>>): void {
    this.#style = new Style(wantsColour(mode, this.isTerminal, env));
  }

  get columns(): number {
    return this.isTerminal ? Math.max(20, this.#stream.columns ?? 80) : DEFAULT_COLUMNS;
  }

  write(text: string): void {
    this.#put(this.#taken() + text);
  }

  /**
   * Lines that stay below all others on a terminal, however much is written; elsewhere nothing. Each must fit into the
   * width. None: they go.
   */
  footer(lines: readonly string[]): void {
    if (!this.isTerminal || (lines.length === 0 && this.#footer.length === 0)) return;
    const erased = this.#erased();
    this.#footer = lines;
    this.#stream.write(erased + this.#taken() + this.#footerText());
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
    if (!below) return this.#stream.write(chunk, done);
    below.#stream.write(below.#erased());
    const isTaken = this.#stream.write(chunk, done);
    below.#stream.write(below.#footerText());
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
    if (!this.#put(chunk)) await new Promise<void>((resolve) => this.#stream.once('drain', resolve));
  }

  /** Resolves when all of it is with the operating system: on some, pipes are written behind. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#put(this.#taken(), () => resolve()));
  }

  json(value: unknown): void {
    this.write(`${JSON.stringify(value, null, this.isTerminal ? 2 : undefined)}\n`);
  }
}
