/**
 * The terminal while the dashboard has it: raw keys, the alternate screen, its size. Owns those modes, and gives them
 * back whichever way the process leaves: quitting, an error, SIGTERM, Ctrl-Z and `fg`. (After SIGKILL nobody can.)
 */
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { exitCodeOfSignal } from '../../flags/signal.ts';
import { type Heard, type Input, InputDecoder } from './input.ts';
import { ENTER, LEAVE, MOUSE_OFF, MOUSE_ON } from './modes.ts';
import { Pace } from './pace.ts';

/** How long a lone ESC may be the beginning of a sequence; long enough for SSH, short enough for a person. */
const ESCAPE_MS = 40;

export interface TerminalEvents {
  input(input: Input): void;
  /** Also after the program got the terminal back: everything must be drawn anew. */
  resize(): void;
  /** One more frame may be sent. */
  free(): void;
}

export class Terminal {
  readonly #stdin: ReadStream;
  readonly #stdout: WriteStream;
  readonly #events: TerminalEvents;
  readonly #decoder = new InputDecoder();
  #escape: NodeJS.Timeout | undefined;
  readonly #pace: Pace;
  #isHeld = false;
  /** Nothing is to be drawn any more; only an answer is still waited for. */
  #isParting = false;
  /** While lent: SIGINT has come. */
  #wasInterrupted = false;
  /** One more SIGINT is that of the borrower. */
  #isInterruptDue = false;
  #mouse = true;

  constructor(stdin: ReadStream, stdout: WriteStream, events: TerminalEvents) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#events = events;
    this.#pace = new Pace(() => events.free());
  }

  get pace(): Pace {
    return this.#pace;
  }

  get columns(): number {
    return this.#stdout.columns || 80;
  }

  get rows(): number {
    return this.#stdout.rows || 24;
  }

  /** false while suspended or lent: nothing may be drawn then. */
  get isHeld(): boolean {
    return this.#isHeld && !this.#isParting;
  }

  get mouse(): boolean {
    return this.#mouse;
  }

  /** false: the terminal's own selection works as without us. */
  set mouse(on: boolean) {
    this.#mouse = on;
    if (this.isHeld) this.#stdout.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Something that shows nowhere, such as text for the clipboard. */
  write(sequence: string): void {
    if (this.isHeld) this.#stdout.write(sequence);
  }

  enter(): void {
    this.#take();
    process.on('exit', this.#release);
    // Before the handler that prints the error: it must be read on the terminal as it was.
    process.prependListener('uncaughtException', this.#release);
    process.prependListener('unhandledRejection', this.#release);
    process.on('SIGTSTP', this.suspend);
    this.#stdout.on('resize', this.#events.resize);
  }

  async leave(): Promise<void> {
    await this.#part();
    process.off('exit', this.#release);
    process.off('uncaughtException', this.#release);
    process.off('unhandledRejection', this.#release);
    process.off('SIGTSTP', this.suspend);
    this.#stdout.off('resize', this.#events.resize);
  }

  /**
   * To be asked once for each SIGINT. Ctrl-C sends it to all that are in the foreground, and on a busy machine the end of
   * the program that it ended may be told before it.
   *
   * @returns whether it is for us, and not for what has the terminal or had it
   */
  isInterrupted(): boolean {
    const isOurs = this.isHeld && !this.#isInterruptDue;
    this.#isInterruptDue = false;
    this.#wasInterrupted = true;
    return isOurs;
  }

  /**
   * Runs something that wants the terminal for itself (a pager, an editor, a shell).
   *
   * @param use gives the exit code when that is a program
   */
  async lend<T>(use: () => Promise<T>): Promise<T> {
    await this.#part();
    process.off('SIGTSTP', this.suspend);
    this.#wasInterrupted = false;
    try {
      const end = await use();
      this.#isInterruptDue = end === exitCodeOfSignal('SIGINT') && !this.#wasInterrupted;
      return end;
    } finally {
      process.on('SIGTSTP', this.suspend);
      this.#take();
      this.#events.resize();
    }
  }

  /** As Ctrl-Z does to a program that knows nothing of it: the whole foreground group stops until `fg`. */
  readonly suspend = async (): Promise<void> => {
    if (!this.isHeld) return;
    await this.#part();
    process.off('SIGTSTP', this.suspend);
    process.once('SIGCONT', () => {
      process.on('SIGTSTP', this.suspend);
      this.#take();
      this.#events.resize();
    });
    process.kill(0, 'SIGTSTP');
  };

  /** An answer that came later would be typed at whoever has the terminal next. After a crash nobody can wait for it. */
  async #part(): Promise<void> {
    this.#isParting = true;
    await this.#pace.quiet();
    this.#release();
    this.#isParting = false;
  }

  #take(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#stdin.setRawMode(true);
    this.#stdin.resume();
    this.#stdin.on('data', this.#onData);
    writeAll(ENTER + (this.#mouse ? MOUSE_ON : ''));
  }

  readonly #release = (): void => {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    clearTimeout(this.#escape);
    this.#stdin.off('data', this.#onData);
    writeAll(LEAVE);
    try {
      this.#stdin.setRawMode(false);
    } catch {
      // The terminal has gone.
    }
    this.#stdin.pause();
  };

  readonly #onData = (chunk: Buffer): void => {
    clearTimeout(this.#escape);
    this.#hear(this.#decoder.push(chunk));
    if (!this.#decoder.isHolding) return;
    this.#escape = setTimeout(() => this.#hear(this.#decoder.flush()), ESCAPE_MS);
  };

  #hear(heard: readonly Heard[]): void {
    for (const one of heard) {
      if (one.type === 'answer') this.#pace.answered();
      else if (this.isHeld) this.#events.input(one);
    }
  }
}

/** At once and in order with what was written before, as terminals are written to synchronously. */
function writeAll(text: string): void {
  try {
    writeSync(1, text);
  } catch {
    // EAGAIN of a terminal that takes nothing now, EIO of one that has gone: there is nobody to tell.
  }
}
