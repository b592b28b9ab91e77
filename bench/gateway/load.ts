/** The C programs on both sides of a proxy: load from `fixtures/load.c`, answers from `fixtures/origin.c`, on one core. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Workspace } from '../harness/workspace.ts';
import { endWithUs, OTHER_CORE, stopChild } from '../proxies/proxy.ts';

export interface Load {
  readonly connections: number;
  readonly path: string;
  /** Bytes of each request's body; 0 = GET. */
  readonly uploadBytes: number;
}

export interface LoadFigures {
  readonly requests: number;
  readonly failed: number;
  /** Of bodies, both ways. */
  readonly bytes: number;
  readonly elapsedUs: number;
  readonly p99Us: number;
  /** What was used of the clock given, from the first request to the last answer. */
  readonly cpuUs: number;
}

export interface OpenLoad {
  /** @param clock the CPU that is to be charged to the requests: read before the first of them and after the last answer */
  turn(ms: number, clock?: () => number): Promise<LoadFigures>;
  close(): Promise<void>;
}

const WARM_MS = 300;
const noClock = (): number => Number.NaN;

/** Connections that ask in turns and stay open, idle, between them. Made here, on both sides of what is measured. */
export async function openLoad(
  work: Workspace,
  port: number,
  { connections, path, uploadBytes }: Load,
  warmMs = WARM_MS,
): Promise<OpenLoad> {
  const child = program(work.programs.load, [port, connections, path, uploadBytes]);
  const closed = once(child, 'close');
  // That it has ended is told by its output, which ends with it.
  child.stdin!.on('error', () => {});
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const turn = async (ms: number, clock = noClock): Promise<LoadFigures> => {
    const before = clock();
    child.stdin!.write(`${ms}\n`);
    const line = await lines.next();
    if (line.done) throw new Error(`load ended with ${(await closed)[0]}`);
    return { ...(JSON.parse(line.value) as Omit<LoadFigures, 'cpuUs'>), cpuUs: clock() - before };
  };
  // Nothing of this is counted but its failures, with those of the first turn.
  let failedBefore = (await turn(warmMs)).failed;
  return {
    turn: async (ms, clock) => {
      const figures = await turn(ms, clock);
      const failed = figures.failed + failedBefore;
      failedBefore = 0;
      return { ...figures, failed };
    },
    close: async () => {
      child.stdin!.end();
      await closed;
    },
  };
}

/** One turn over connections of its own. */
export async function runLoad(
  work: Workspace,
  port: number,
  { ms, ...load }: Load & { readonly ms: number },
  clock?: () => number,
): Promise<LoadFigures> {
  const open = await openLoad(work, port, load);
  try {
    return await open.turn(ms, clock);
  } finally {
    await open.close();
  }
}

/** Connections that have made one request each and then stay idle until `close`. */
export async function holdConnections(work: Workspace, port: number, count: number): Promise<() => Promise<void>> {
  const { close } = await openLoad(work, port, { connections: count, path: '/', uploadBytes: 0 }, 0);
  return close;
}

/** @param onLine what it says of requests that it holds */
export async function startOrigin(
  work: Workspace,
  firstPort: number,
  count: number,
  onLine: (line: string) => void = () => {},
): Promise<() => Promise<void>> {
  const child = program(work.programs.origin, [firstPort, count]);
  createInterface({ input: child.stdout! }).on('line', onLine);
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the origin ended at once'))),
  ]);
  return () => stopChild(child);
}

function program(file: string, args: readonly (string | number)[]): ChildProcess {
  const argv = ['-c', OTHER_CORE, file, ...args.map(String)];
  const child = spawn('taskset', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  endWithUs(child);
  return child;
}
