/**
 * Ink as a layout engine: the tree goes in, the text of one frame comes out. Ink itself never touches the terminal: it
 * would clear all of it whenever a frame is as high as the screen, and rewrite every line for each change.
 */
import { PassThrough } from 'node:stream';
import { type Instance, render } from 'ink';
import type { ReactElement } from 'react';
import { RowRegistry, RowsProvider } from '../views/rows.tsx';

export class Painter {
  readonly #registry = new RowRegistry();
  readonly #stdout: FakeTerminal;
  #instance: Instance | null = null;

  constructor() {
    this.#stdout = new FakeTerminal();
  }

  /** Lays the tree out anew. */
  layout(tree: ReactElement, columns: number, rows: number): void {
    this.#stdout.columns = columns;
    this.#stdout.rows = rows;
    const wrapped = <RowsProvider value={this.#registry}>{tree}</RowsProvider>;
    if (this.#instance) this.#instance.rerender(wrapped);
    else {
      this.#instance = render(wrapped, {
        stdout: this.#stdout as unknown as NodeJS.WriteStream,
        stderr: new FakeTerminal() as unknown as NodeJS.WriteStream,
        stdin: new FakeInput() as unknown as NodeJS.ReadStream,
        // Every frame whole and at once, without a sequence around it.
        debug: true,
        exitOnCtrlC: false,
        patchConsole: false,
      });
    }
  }

  /** The lines of the last layout, with the rows as they are now. */
  lines(): string[] {
    return this.#registry.compose(this.#stdout.frame);
  }

  close(): void {
    this.#instance?.unmount();
  }
}

class FakeTerminal extends PassThrough {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  frame = '';

  override write(chunk: unknown): boolean {
    this.frame = String(chunk);
    return true;
  }
}

class FakeInput extends PassThrough {
  readonly isTTY = true;
  setRawMode(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
