/**
 * The built command line as real child processes: run to its end, or kept alive with its output coming in by line.
 * Knows nothing of projects; gets its folder and environment from the rig.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Arrivals, PATIENCE_MS, within } from './wait.ts';

export const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const MSVC = path.join(REPOSITORY, 'bin/msvc.js');

export interface Where {
  readonly cwd: string;
  /** Complete: nothing of the test's own environment is added. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Finished extends Outcome {
  /** stdout as one JSON value. @throws Error that shows what was printed instead */
  json<T = unknown>(): T;
}

export interface Line {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** A command that goes on: `up` in the foreground, `logs -f`, `events -f`. */
export class Live {
  readonly lines = new Arrivals<Line>();
  readonly exited: Promise<Outcome>;
  readonly #child: ChildProcess;

  constructor(
    child: ChildProcess,
    readonly args: readonly string[],
  ) {
    this.#child = child;
    const streams = (['stdout', 'stderr'] as const).map((stream) => {
      const lines = createInterface({ input: child[stream] as Readable, crlfDelay: Number.POSITIVE_INFINITY });
      lines.on('line', (text) => this.lines.push({ stream, text }));
      return new Promise<void>((resolve) => lines.on('close', resolve));
    });
    const exited = new Promise<Pick<Outcome, 'code' | 'signal'>>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    // Who holds the pipes after the command has gone must not keep a test waiting: exit first, then a moment for the rest.
    this.exited = exited.then(async (end) => {
      await Promise.race([Promise.all(streams), new Promise((resolve) => setTimeout(resolve, 3_000).unref())]);
      this.lines.end(`\`msvc ${args.join(' ')}\` ended (${end.signal ?? end.code})\n${this.output}`);
      return { ...end, stdout: this.#text('stdout'), stderr: this.#text('stderr') };
    });
    this.exited.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get stdin(): NodeJS.WritableStream {
    return this.#child.stdin as NodeJS.WritableStream;
  }

  /** Everything said so far on both streams, in the order of arrival. */
  get output(): string {
    return this.lines.all.map((line) => `${line.text}\n`).join('');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first line (of either stream, past or to come) that fits. @throws Error with the output when it ends without one */
  async until(wanted: string | RegExp | ((line: string) => boolean), from = 0): Promise<string> {
    const fits =
      typeof wanted === 'function'
        ? wanted
        : (line: string) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line));
    const line = await this.lines.until(
      `a line ${String(wanted)} of \`msvc ${this.args.join(' ')}\``,
      (one) => fits(one.text),
      from,
    );
    return line.text;
  }

  #text(stream: Line['stream']): string {
    return this.lines.all
      .filter((line) => line.stream === stream)
      .map((line) => `${line.text}\n`)
      .join('');
  }
}

export function startCli(args: readonly string[], where: Where): Live {
  const child = spawn(process.execPath, [MSVC, ...args], {
    cwd: where.cwd,
    env: where.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new Live(child, args);
}

/** Runs to the end; killed and an error when that takes longer than a test may. Output is kept byte for byte (as UTF-8). */
export async function runCli(
  args: readonly string[],
  where: Where,
  options: { readonly input?: string; readonly patienceMs?: number } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [MSVC, ...args], {
    cwd: where.cwd,
    env: where.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const ended = new Promise<Pick<Outcome, 'code' | 'signal'>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const said = () => `\`msvc ${args.join(' ')}\` to end; so far\n${text.stdout}${text.stderr}`;
  const end = await within(ended, said, options.patienceMs ?? PATIENCE_MS * 2).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    ...end,
    ...text,
    json<T>(): T {
      try {
        return JSON.parse(text.stdout) as T;
      } catch (error) {
        const shown = `exit ${end.signal ?? end.code}\n${text.stdout}\n${text.stderr}`;
        throw new Error(`\`msvc ${args.join(' ')}\` printed no JSON: ${shown}`, { cause: error });
      }
    },
  };
}
