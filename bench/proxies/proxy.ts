/**
 * What a reverse proxy is to the benchmark: a command that listens on one port and spreads requests over the origins.
 * `startProxy` runs it, on one core of its own unless told otherwise, and reads what it costs. Owns the process; ends it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuUs, megabytes, waitedUs } from '../harness/proc.ts';
import type { Workspace } from '../harness/workspace.ts';

/** The proxy has the first core, load and origin share the second. */
export const PROXY_CORE = '0';
export const OTHER_CORE = '1';

/** What of a workspace a proxy needs. */
export type Place = Pick<Workspace, 'root' | 'dir' | 'fixture' | 'rival'>;

export interface Setup {
  readonly port: number;
  readonly origins: readonly number[];
  /** A folder of its own. */
  readonly dir: string;
  /** Routes beside the one that is asked for; only of msvc. */
  readonly routes?: number;
  /** Set up for WebSockets where that takes configuration. */
  readonly upgrades?: boolean;
  /** On one core of its own; the default. */
  readonly isPinned?: boolean;
}

export interface ProxyKind {
  readonly name: string;
  /** Why it cannot be measured here, or undefined. */
  readonly missing: (work: Place) => string | undefined;
  readonly command: (work: Place, setup: Setup) => Promise<readonly string[]> | readonly string[];
}

export interface RunningProxy {
  readonly name: string;
  readonly port: number;
  /** CPU of all its threads so far, microseconds. */
  cpuUs(): number;
  /** For how long each of its threads has waited for a core so far, microseconds. */
  waitedUs(): Map<string, number>;
  rssMb(): number;
  stop(): Promise<void>;
}

export async function startProxy(proxy: ProxyKind, work: Place, setup: Setup): Promise<RunningProxy> {
  const argv = await proxy.command(work, setup);
  const [program, ...args] = setup.isPinned === false ? argv : ['taskset', '-c', PROXY_CORE, ...argv];
  const child = spawn(program!, args, {
    cwd: setup.dir,
    env: { ...process.env, HOME: setup.dir, XDG_DATA_HOME: setup.dir, XDG_CONFIG_HOME: setup.dir, GOMAXPROCS: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  endWithUs(child);
  let said = '';
  child.stderr!.on('data', (data) => {
    said = (said + data).slice(-2_000);
  });
  try {
    await accepting(setup.port, child);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${proxy.name}: ${(error as Error).message}\n${said}`);
  }
  const pid = child.pid!;
  return {
    name: proxy.name,
    port: setup.port,
    cpuUs: () => cpuUs(pid),
    waitedUs: () => waitedUs(pid),
    rssMb: () => megabytes(pid).rss,
    stop: () => stopChild(child),
  };
}

export async function accepting(port: number, child?: ChildProcess): Promise<void> {
  for (const until = performance.now() + 15_000; performance.now() < until; await pause(20)) {
    if (child && (child.exitCode !== null || child.signalCode !== null)) throw new Error('it ended at once');
    if (await accepts(port)) return;
  }
  throw new Error(`nothing listens on ${port}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Whatever ends the benchmark ends the child. */
export function endWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
}

export function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const force = setTimeout(() => child.kill('SIGKILL'), 3_000);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** Where a system's program lies, or undefined. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}
