/**
 * `msvc db shell`: reads statements from a terminal or a pipe and prints their answers. Read-only unless asked. Owns the
 * connection and the prompt; knows no process-wide stream, all are given.
 *
 * From a pipe it stops at the first failure, as a script should; at a terminal it goes on.
 */
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { MsvcError } from '../../model/error.ts';
import type { Connection } from '../connection.ts';
import { execute } from '../execute.ts';
import { connect } from '../query.ts';
import type { Statement } from '../sql/statements.ts';
import { StatementBuffer } from './buffer.ts';
import { DOT_COMMANDS, runDotCommand, type Settings, tablesAndViews } from './dot-commands.ts';
import { interruptible } from './interruptible.ts';
import { type Mode, printRows, type TextMeasure } from './modes.ts';
import { changed, continuation, failed, prompt, rolledBack, unfinished, welcome } from './wording.ts';

export interface ShellOptions {
  readonly file: string;
  readonly service: string;
  readonly write: boolean;
  /** A terminal makes it interactive. */
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: Writable & { readonly isTTY?: boolean };
  readonly errors: Writable;
  readonly measure: TextMeasure;
  /** Default `table`. */
  readonly mode?: Mode;
}

const CELL_COLUMNS = 60;

/**
 * @returns the exit code: 1 when a script's statement failed
 * @throws MsvcError as `connect`
 */
export async function runShell(options: ShellOptions): Promise<number> {
  const db = await connect(options.file, options.write);
  try {
    return await new Shell(options, db).run();
  } finally {
    db.close();
  }
}

class Shell {
  readonly #options: ShellOptions;
  readonly #db: Connection;
  readonly #interactive: boolean;
  readonly #settings: Settings;
  readonly #buffer = new StatementBuffer();
  /** The reader of the output has gone (`| head`). */
  #deaf = false;

  constructor(options: ShellOptions, db: Connection) {
    this.#options = options;
    this.#db = db;
    this.#interactive = options.input.isTTY === true;
    this.#settings = { mode: options.mode ?? 'table', quit: false };
  }

  async run(): Promise<number> {
    const { output, service, write } = this.#options;
    const onError = (): void => {
      this.#deaf = true;
    };
    output.on('error', onError);
    const lines = this.#open();
    try {
      if (this.#interactive) await this.#say(welcome(service, write));
      return await this.#read(lines);
    } finally {
      lines.close();
      if (this.#db.inTransaction) await this.#say(rolledBack);
      output.off('error', onError);
    }
  }

  #open(): Interface {
    const { input, output } = this.#options;
    if (!this.#interactive) return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    const lines = createInterface({
      input,
      output,
      terminal: true,
      completer: (line: string) => this.#complete(line),
    });
    lines.on('SIGINT', () => {
      if (this.#buffer.empty && lines.line === '') return lines.close();
      this.#buffer.clear();
      output.write('\n');
      // Drops what stands on the line, too.
      lines.write(null, { ctrl: true, name: 'e' });
      lines.write(null, { ctrl: true, name: 'u' });
      this.#prompt(lines);
    });
    return lines;
  }

  async #read(lines: Interface): Promise<number> {
    this.#prompt(lines);
    for await (const line of lines) {
      const fine = await this.#line(line);
      if (!fine && !this.#interactive) return 1;
      if (this.#settings.quit || this.#deaf) return 0;
      this.#prompt(lines);
    }
    if (this.#interactive || this.#buffer.empty) return 0;
    const last = this.#buffer.take();
    if (last) return (await this.#statement(last)) ? 0 : 1;
    return this.#fail(new MsvcError('MSVC_DATABASE_QUERY', unfinished), undefined);
  }

  /** @returns false when something of it failed */
  async #line(line: string): Promise<boolean> {
    if (line.trimStart().startsWith('.') && this.#buffer.empty) {
      try {
        await this.#say(runDotCommand(this.#db, line, this.#settings));
        return true;
      } catch (error) {
        this.#fail(error, undefined);
        return false;
      }
    }
    for (const statement of this.#buffer.add(line)) {
      if (!(await this.#statement(statement))) return false;
    }
    return true;
  }

  async #statement(statement: Statement): Promise<boolean> {
    const { write, measure, input } = this.#options;
    const cellColumns = this.#interactive ? CELL_COLUMNS : Number.POSITIVE_INFINITY;
    try {
      const run = () => execute(this.#db, statement, write);
      const { columns, rows, changes } = interruptible(this.#interactive ? input : undefined, run);
      if (changes !== null) {
        if (this.#interactive && changes > 0) await this.#say(changed(changes));
        return true;
      }
      const pieces = printRows(this.#settings.mode, columns, rows, { ...measure, cellColumns })[Symbol.iterator]();
      for (;;) {
        const piece = interruptible(this.#interactive ? input : undefined, () => pieces.next());
        if (piece.done) return true;
        await this.#say(piece.value);
        if (this.#deaf) pieces.return?.();
      }
    } catch (error) {
      this.#fail(error, this.#interactive ? undefined : statement.line);
      return false;
    }
  }

  #fail(error: unknown, line: number | undefined): number {
    if (!(error instanceof MsvcError)) throw error;
    this.#options.errors.write(failed(error, line));
    return 1;
  }

  async #say(text: string): Promise<void> {
    const { output } = this.#options;
    if (text === '' || this.#deaf || output.write(text)) return;
    // An error ends the wait as well; `#deaf` knows.
    await once(output, 'drain').catch(() => {});
  }

  #prompt(lines: Interface): void {
    if (!this.#interactive) return;
    const { service } = this.#options;
    lines.setPrompt(this.#buffer.empty ? prompt(service) : continuation(service));
    lines.prompt();
  }

  #complete(line: string): [string[], string] {
    const word = /[\w.]*$/.exec(line)?.[0] ?? '';
    const names = word.startsWith('.') ? Object.keys(DOT_COMMANDS) : tablesAndViews(this.#db);
    return [names.filter((name) => name.toLowerCase().startsWith(word.toLowerCase())), word];
  }
}
