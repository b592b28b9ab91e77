/**
 * This terminal on an instance whose input is open: what is typed goes there, what it says comes here, until it ends or
 * one detaches. Owns the terminal's raw mode meanwhile, and gives the terminal back as it was.
 */
import type { Client } from '../../control/client.ts';
import type { Exit } from '../../model/instance.ts';
import { replicaLabel } from '../../model/names.ts';
import { exitWords } from '../wording/exits.ts';
import { DetachWatch } from './detach-keys.ts';
import { type Keyboard, openKeyboard } from './keyboard.ts';
import { TerminalModes } from './terminal-modes.ts';

export interface SessionOptions {
  readonly service: string;
  /** Absent: the first that runs. */
  readonly replica?: number;
  /** Bytes of the keys that detach; none: only a signal does. */
  readonly detachKeys: Buffer;
  /** false: it is only listened to. */
  readonly input: boolean;
  /** What to tell the person once it is known whom they talk to. */
  readonly greet?: (label: string) => void;
}

export interface SessionEnd {
  /** `orders.1` */
  readonly label: string;
  /** null: one has detached, it runs on. */
  readonly exit: Exit | null;
}

const NEWLINE = 10;

/**
 * @param client of its own: the engine tells what is said until that connection ends.
 * @throws MsvcError MSVC_USAGE when it has no input or does not run, MSVC_ENGINE_LOST
 */
export async function attachTo(client: Client, options: SessionOptions): Promise<SessionEnd> {
  const { service, replica, greet } = options;
  const over = new AbortController();
  const modes = new TerminalModes();
  let input: Input | undefined;
  let label: string = service;
  let exit: Exit | null = null;
  let isLineOpen = false;
  try {
    const params = { service, ...(replica !== undefined && { replica }) };
    for await (const heard of client.stream('attach', params, over.signal)) {
      if ('isTerminal' in heard) {
        label = replicaLabel(heard.service, heard.replica);
        greet?.(label);
        input = new Input(client, heard, options, () => over.abort());
      } else if ('exit' in heard) {
        exit = heard.exit;
      } else {
        const bytes = Buffer.from(heard.data, 'base64');
        modes.see(bytes.toString('latin1'));
        isLineOpen = bytes.at(-1) !== NEWLINE;
        process[heard.stream].write(bytes);
      }
    }
    return { label, exit };
  } finally {
    input?.close();
    // What comes next begins on a line of its own.
    if (process.stdout.isTTY) process.stdout.write(`${modes.undo()}${isLineOpen ? '\r\n' : ''}`);
  }
}

export function endWords({ label, exit }: SessionEnd): string {
  return exit === null ? `detached from ${label}, which runs on` : `${label} ${exitWords(exit)}`;
}

/** From the keyboard to the instance, in order; what it does not take yet is not read yet. */
class Input {
  readonly #client: Client;
  readonly #to: { readonly service: string; readonly replica: number };
  readonly #watch: DetachWatch;
  readonly #leave: () => void;
  /** null: it is only listened to. */
  readonly #keys: Keyboard | null;

  constructor(
    client: Client,
    {
      service,
      replica,
      isTerminal,
    }: { readonly service: string; readonly replica: number; readonly isTerminal: boolean },
    options: SessionOptions,
    leave: () => void,
  ) {
    const { stdout } = process;
    this.#client = client;
    this.#to = { service, replica };
    this.#watch = new DetachWatch(options.detachKeys);
    this.#leave = leave;
    this.#keys = options.input ? openKeyboard() : null;
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
    if (isTerminal && stdout.isTTY) {
      stdout.on('resize', this.#resize);
      this.#resize();
    }
    const keys = this.#keys;
    if (!keys) return;
    if (isTerminal && keys.terminal) {
      keys.terminal.setRawMode(true);
      process.on('exit', this.#cook);
    }
    keys.stream.on('data', this.#take);
    // Ctrl-D at the keyboard leaves; the end of a pipe only ends the input.
    if (keys.terminal) keys.stream.once('end', leave);
    keys.stream.resume();
  }

  close(): void {
    process.off('SIGINT', this.#leave);
    process.off('SIGTERM', this.#leave);
    process.stdout.off('resize', this.#resize);
    process.off('exit', this.#cook);
    this.#keys?.stream.off('data', this.#take);
    this.#keys?.stream.off('end', this.#leave);
    this.#cook();
    this.#keys?.close();
  }

  readonly #cook = (): void => {
    if (this.#keys?.terminal?.isRaw) this.#keys.terminal.setRawMode(false);
  };

  readonly #resize = (): void => {
    const { columns, rows } = process.stdout;
    void this.#client.request('resize', { ...this.#to, columns, rows }).catch(() => {});
  };

  readonly #take = (typed: Buffer): void => {
    const { bytes, isComplete } = this.#watch.push(typed);
    const { stream } = this.#keys!;
    stream.pause();
    const sent =
      bytes.length === 0
        ? Promise.resolve()
        : this.#client
            .request('input', { ...this.#to, data: bytes.toString('base64') })
            // It has ended: its exit is told by the stream.
            .then(() => {})
            .catch(() => {});
    void sent.then(() => {
      if (isComplete) this.#leave();
      else if (stream.listeners('data').includes(this.#take)) stream.resume();
    });
  };
}
