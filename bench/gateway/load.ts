/** The C programs on both sides of a proxy: load from `fixtures/load.c`, answers from `fixtures/origin.c`, on one core. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Workspace } from '../harness/workspace.ts';
import { endWithUs, OTHER_CORE, stopChild } from '../proxies/proxy.ts';

export interface Load {
  readonly connections: number;
  readonly ms: number;
  readonly path: string;
  /** Bytes of each request's body; 0 = GET. */
  readonly uploadBytes: number;
  /** Before anything is counted, so that connections are made; 300 by default. */
  readonly warmMs?: number;
}

export interface LoadFigures {
  readonly requests: number;
  /** Those before anything is counted too. */
  readonly failed: number;
  /** Of bodies, both ways. */
  readonly bytes: number;
  readonly elapsedUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** What was used of the clock given, while requests were counted. */
  readonly cpuUs: number;
}

/** @param clock the CPU that is to be charged to the requests: read when counting begins and when it ends */
export async function runLoad(
  work: Workspace,
  port: number,
  { connections, ms, path, uploadBytes, warmMs = 300 }: Load,
  clock: () => number = () => Number.NaN,
): Promise<LoadFigures> {
  const child = program(work.programs.load, [port, connections, ms, path, uploadBytes, warmMs]);
  let before = Number.NaN;
  let cpuUs = Number.NaN;
  let text = '';
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (line === 'begin') before = clock();
    else {
      cpuUs = clock() - before;
      text = line;
      child.stdin!.end();
    }
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`load ended with ${code}`);
  return { ...(JSON.parse(text) as Omit<LoadFigures, 'cpuUs'>), cpuUs };
}

/** Connections that have made one request each and then stay idle until `close`. */
export async function holdConnections(work: Workspace, port: number, count: number): Promise<() => Promise<void>> {
  const child = program(work.programs.load, [port, count, 0, '/', 0, 0]);
  await once(child.stdout!, 'data');
  return async () => {
    const closed = once(child, 'close');
    child.stdin!.end();
    await closed;
  };
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
