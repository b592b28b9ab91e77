/**
 * This terminal on an instance whose input is open: what is typed goes there, what it says comes here, until it ends or
 * one detaches. Owns the terminal's raw mode meanwhile, and gives the terminal back as it was.
 */
import type { Client } from '../../control/client.ts';
import type { Exit } from '../../model/instance.ts';
import { replicaLabel } from '../../model/names.ts';
import { exitWords } from '../wording/exits.ts';
import { DetachWatch } from './detach-keys.ts';
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
    if (input?.isRaw) process.stdout.write(`${modes.undo()}${isLineOpen ? '\r\n' : ''}`);
  }
}

export function endWords({ label, exit }: SessionEnd): string {
  return exit === null ? `detached from ${label}, which runs on` : `${label} ${exitWords(exit)}`;
}

/** From the keyboard to the instance, in order; what it does not take yet is not read yet. */
class Input {
  readonly isRaw: boolean;
  readonly #client: Client;
  readonly #to: { readonly service: string; readonly replica: number };
  readonly #watch: DetachWatch;
  readonly #leave: () => void;

  constructor(
    client: Client,
    {
      service,
      replica,
      isTerminal,
    }: { readonly service: string; readonly replica: number; readonly isTerminal: boolean },
    { detachKeys, input }: SessionOptions,
    leave: () => void,
  ) {
    const { stdin, stdout } = process;
    this.#client = client;
    this.#to = { service, replica };
    this.#watch = new DetachWatch(detachKeys);
    this.#leave = leave;
    this.isRaw = input && isTerminal && stdin.isTTY === true;
    process.on('SIGINT', leave);
    process.on('SIGTERM', leave);
    if (isTerminal && stdout.isTTY) {
      stdout.on('resize', this.#resize);
      this.#resize();
    }
    if (!input) return;
    if (this.isRaw) {
      stdin.setRawMode(true);
      process.on('exit', this.#cook);
    }
    stdin.on('data', this.#take);
    // Ctrl-D at the keyboard leaves; the end of a pipe only ends the input.
    if (stdin.isTTY) stdin.once('end', leave);
    stdin.resume();
  }

  close(): void {
    const { stdin, stdout } = process;
    process.off('SIGINT', this.#leave);
    process.off('SIGTERM', this.#leave);
    stdout.off('resize', this.#resize);
    stdin.off('data', this.#take);
    stdin.off('end', this.#leave);
    process.off('exit', this.#cook);
    if (this.isRaw) this.#cook();
    stdin.pause();
  }

  readonly #cook = (): void => {
    process.stdin.setRawMode(false);
  };

  readonly #resize = (): void => {
    const { columns, rows } = process.stdout;
    void this.#client.request('resize', { ...this.#to, columns, rows }).catch(() => {});
  };

  readonly #take = (typed: Buffer): void => {
    const { bytes, isComplete } = this.#watch.push(typed);
    if (isComplete) this.#leave();
    if (isComplete || bytes.length === 0) return;
    const { stdin } = process;
    stdin.pause();
    void this.#client
      .request('input', { ...this.#to, data: bytes.toString('base64') })
      // It has ended: its exit is told by the stream.
      .catch(() => {})
      .then(() => {
        if (stdin.listeners('data').includes(this.#take)) stdin.resume();
      });
  };
}
