/** The C programs on both sides of a proxy: load from `fixtures/load.c`, answers from `fixtures/origin.c`, on one core. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Workspace } from '../harness/workspace.ts';
import { endWithUs, OTHER_CORE, stopChild } from '../proxies/proxy.ts';

export interface Load {
  readonly connections: number;
  readonly ms: number;
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
  readonly p50Us: number;
  readonly p99Us: number;
}

export async function runLoad(work: Workspace, port: number, load: Load): Promise<LoadFigures> {
  const { connections, ms, path, uploadBytes } = load;
  const child = program(work.programs.load, [port, connections, ms, path, uploadBytes]);
  let text = '';
  child.stdout!.on('data', (data) => {
    text += data;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`load ended with ${code}`);
  return JSON.parse(text) as LoadFigures;
}

/** Connections that have made one request each and then stay idle until `close`. */
export async function holdConnections(work: Workspace, port: number, count: number): Promise<() => Promise<void>> {
  const child = program(work.programs.load, [port, count, 0, '/', 0]);
  await once(child.stdout!, 'data');
  return async () => {
    const closed = once(child, 'close');
    child.stdin!.end();
    await closed;
  };
}

export async function startOrigin(work: Workspace, firstPort: number, count: number): Promise<() => Promise<void>> {
  const child = program(work.programs.origin, [firstPort, count]);
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
