/**
 * The harness's side of `fixtures/meter.c`: one stop watch process for each thing that is measured. Everything that a
 * measured command starts, daemons too, runs below it; closing it ends what is left and says what that was.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Workspace } from './workspace.ts';

export interface RunningService {
  readonly pid: number;
  readonly port: number;
  readonly atUs: number;
}

/** Times are microseconds of the monotonic clock (`process.hrtime`), CPU is of everything below the meter. */
export interface MeterEvents {
  started: { atUs: number; pid: number };
  exited: { atUs: number; tookUs: number; cpuUs: number; code: number; signal: number; shown: string };
  /** `ownCpuUs` leaves the services out. */
  answering: { atUs: number; cpuUs: number; ownCpuUs: number; services: RunningService[] };
  gone: { atUs: number };
  key: { atUs: number };
  cpu: { atUs: number; cpuUs: number; ownCpuUs: number };
  /** `cpuUs` is exact now: all of it has been waited for. */
  end: { left: { pid: number; name: string }[]; cpuUs: number };
}

type EventName = keyof MeterEvents;
type Arrived = { [E in EventName]: { event: E } & MeterEvents[E] }[EventName];

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

const SEPARATOR = '\x1f';
let opened = 0;

export class Meter {
  readonly fifo: string;
  readonly #process: ChildProcess;
  readonly #arrived: Arrived[] = [];
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(work: Workspace) {
    this.fifo = path.join(work.dir, `ready.${++opened}`);
    execFileSync('mkfifo', [this.fifo]);
    this.#process = spawn(work.programs.meter, [this.fifo], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.#arrived.push(JSON.parse(line) as Arrived);
      this.#wake();
    });
    this.#process.once('close', () => {
      this.#closed = true;
      rmSync(this.fifo, { force: true });
      this.#wake();
    });
  }

  /** What it starts runs below this process. */
  get pid(): number {
    return this.#process.pid!;
  }

  /** From now on `count` services are awaited; what earlier ones said is forgotten. */
  expect(count: number): void {
    this.#forget('answering', 'gone');
    this.#send('expect', String(count));
  }

  async run(argv: readonly string[], options: RunOptions): Promise<MeterEvents['started']> {
    this.#forget('exited');
    const env = Object.entries({ BENCH_READY: this.fifo, ...options.env }).map(([name, value]) => `${name}=${value}`);
    this.#send('run', options.cwd, String(env.length), ...env, ...argv);
    return this.wait('started');
  }

  /** Runs a command to its end. @throws when it does not exit 0. */
  async finish(argv: readonly string[], options: RunOptions & { limitMs?: number }): Promise<MeterEvents['exited']> {
    await this.run(argv, options);
    const exited = await this.wait('exited', options.limitMs);
    if (exited.code !== 0) throw new Error(describeExit(argv, exited));
    return exited;
  }

  async key(bytes: string): Promise<MeterEvents['key']> {
    this.#send('key', Buffer.from(bytes, 'latin1').toString('hex'));
    return this.wait('key');
  }

  async cpu(): Promise<MeterEvents['cpu']> {
    this.#send('cpu');
    return this.wait('cpu');
  }

  /** Gives what still runs that long to go, kills the rest and ends the meter. */
  async end(limitMs: number): Promise<MeterEvents['end']> {
    this.#send('end', String(limitMs));
    return this.wait('end', limitMs + 5_000);
  }

  /** The next event of that name, taken from those that came in already or awaited. */
  async wait<E extends EventName>(name: E, limitMs = 60_000): Promise<MeterEvents[E]> {
    const until = performance.now() + limitMs;
    for (;;) {
      const index = this.#arrived.findIndex((event) => event.event === name);
      if (index >= 0) return this.#arrived.splice(index, 1)[0] as unknown as MeterEvents[E];
      const early = name === 'answering' && this.#arrived.find((event) => event.event === 'exited');
      if (early && early.code !== 0) throw new Error(describeExit(['it'], early));
      if (this.#closed) throw new Error(`the meter ended before "${name}"`);
      const left = until - performance.now();
      if (left <= 0) throw new Error(`"${name}" did not happen within ${limitMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const waiting = this.#waiting;
        function done(): void {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  #send(...fields: string[]): void {
    this.#process.stdin!.write(`${fields.join(SEPARATOR)}\n`);
  }

  #forget(...names: EventName[]): void {
    for (let index = this.#arrived.length - 1; index >= 0; index--) {
      if (names.includes(this.#arrived[index]!.event)) this.#arrived.splice(index, 1);
    }
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}

function describeExit(argv: readonly string[], exited: MeterEvents['exited']): string {
  const how = exited.signal > 0 ? `signal ${exited.signal}` : `code ${exited.code}`;
  return `${argv.slice(0, 4).join(' ')} ended with ${how}:\n${Buffer.from(exited.shown, 'hex').toString()}`;
}

/** Runs `body` with a meter that is ended whatever happens. */
export async function withMeter<T>(work: Workspace, body: (meter: Meter) => Promise<T>): Promise<T> {
  const meter = new Meter(work);
  try {
    return await body(meter);
  } catch (error) {
    await meter.end(0).catch(() => undefined);
    throw error;
  }
}
