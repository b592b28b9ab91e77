/**
 * A command of a container in the foreground: with this terminal where there is one (raw, resized with it), else with
 * both streams apart and signals passed on. `exec` runs it in a container that runs, `run` in one of its own. Its end
 * is ours.
 */
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import { outputReader } from './output.ts';

export interface ForegroundExec {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absent: the container's own. */
  readonly workingDir?: string;
}

type Resize = (size: { h: number; w: number }) => Promise<unknown>;

/** Whoever closed the terminal wants nothing of it any more; the others a program may take as it likes. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const RESIZE_TRIES = 10;

export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** @returns the exit code. @throws the engine's error (no such program is exit code 126 or 127, as in a shell) */
export async function execInForeground(
  container: Docker.Container,
  { argv, environment, workingDir }: ForegroundExec,
): Promise<number> {
  const tty = hasTerminal();
  const exec = await container.exec({
    Cmd: [...argv],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
  });
  const stream = (await exec.start({ hijack: true, stdin: true, Tty: tty })) as unknown as Duplex;
  const relay = new Relay(stream, tty);
  try {
    relay.follow((size) => exec.resize(size));
    await relay.over;
    const { ExitCode: code } = await exec.inspect();
    return code ?? 0;
  } finally {
    relay.close();
  }
}

/**
 * Starts a container that was made for this, and removes it when it has ended, whatever ended it.
 * @returns its exit code, 128+n when a signal ended it. @throws the engine's error; it has not run then
 */
export async function runInForeground(container: Docker.Container): Promise<number> {
  const tty = hasTerminal();
  const stream = (await container.attach({
    ...{ stream: true, stdin: true, stdout: true, stderr: true, hijack: true },
  })) as unknown as Duplex;
  const relay = new Relay(stream, tty);
  const pass = (signal: NodeJS.Signals): void => void container.kill({ signal }).catch(() => {});
  let hangUp = (): void => {};
  const hungUp = new Promise<number>((resolve) => {
    hangUp = () => resolve(128 + constants.signals.SIGHUP);
  });
  for (const signal of PASSED_ON) process.on(signal, pass);
  process.once('SIGHUP', hangUp);
  try {
    const ends = container.wait({ condition: 'next-exit' }) as Promise<{ StatusCode: number }>;
    ends.catch(() => {});
    await container.start();
    relay.follow((size) => container.resize(size));
    // All of the output comes before the end of the stream, which may come before the exit or after it.
    const ended = Promise.all([ends, relay.over]).then(([{ StatusCode: code }]) => code);
    return await Promise.race([ended, hungUp]);
  } finally {
    relay.close();
    for (const signal of PASSED_ON) process.off(signal, pass);
    process.off('SIGHUP', hangUp);
    await container.remove({ force: true, v: true }).catch(() => {});
  }
}

/** Our three streams on the one of the engine. */
class Relay {
  /** All output has been written. */
  readonly over: Promise<void>;
  readonly #stream: Duplex;
  readonly #tty: boolean;
  #resize: () => void = () => {};

  constructor(stream: Duplex, tty: boolean) {
    const { stdin } = process;
    this.#stream = stream;
    this.#tty = tty;
    if (tty) stdin.setRawMode(true);
    stream.on(
      'data',
      outputReader(tty, (name, chunk) => void process[name].write(chunk)),
    );
    this.over = new Promise((resolve) => {
      for (const end of ['error', 'close', 'end'] as const) stream.once(end, () => resolve());
    });
    stdin.pipe(stream);
  }

  /** The size of this terminal, now and whenever it changes. */
  follow(resize: Resize): void {
    if (!this.#tty) return;
    const { stdout } = process;
    const tell = async (): Promise<void> => {
      // The engine refuses until the program runs, which it may not yet.
      for (let attempt = 1; attempt <= RESIZE_TRIES; attempt++) {
        try {
          await resize({ h: stdout.rows, w: stdout.columns });
          return;
        } catch {
          await pause(10 * attempt);
        }
      }
    };
    this.#resize = () => void tell();
    process.on('SIGWINCH', this.#resize);
    this.#resize();
  }

  close(): void {
    const { stdin } = process;
    process.off('SIGWINCH', this.#resize);
    stdin.unpipe(this.#stream);
    if (this.#tty) stdin.setRawMode(false);
    stdin.pause();
    (stdin as Partial<typeof stdin>).unref?.();
    this.#stream.destroy();
  }
}
