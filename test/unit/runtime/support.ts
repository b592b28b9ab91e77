/** Real pieces for the runtime's tests: folders, children, a driver with all its parts, a log kept in memory. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { instanceId, serviceName } from '../../../src/model/names.ts';
import type { LaunchRequest } from '../../../src/runtime/drivers/driver.ts';
import { createPipePool, type PipePool } from '../../../src/runtime/drivers/pipes/index.ts';
import { createProcessDriver, type ProcessDriverParts } from '../../../src/runtime/drivers/process.ts';
import type { InstanceLog } from '../../../src/runtime/logs/instance-log.ts';
import { markEnvironment } from '../../../src/runtime/marks.ts';

export const SOURCE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../src');

export function tempDir(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

let runs = 0;
/** An id no other run has. */
export function newRun(): string {
  runs += 1;
  return `test-${process.pid}-${runs}-${Date.now().toString(36)}`;
}

export interface MemoryLog extends InstanceLog {
  readonly stdout: string;
  readonly stderr: string;
}

export function memoryLog(): MemoryLog {
  const said = { stdout: '', stderr: '' };
  const watchers = new Set<(line: string) => void>();
  return {
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    attach(fd, stream, onChunk) {
      return new Promise((resolve) => {
        const socket = new net.Socket({ fd, readable: true, writable: false });
        socket.on('data', (chunk: Buffer) => {
          onChunk?.(chunk);
          said[stream] += chunk.toString();
          for (const line of chunk.toString().split('\n')) for (const watcher of watchers) watcher(line);
        });
        socket.on('error', () => {});
        socket.once('close', () => resolve());
      });
    },
    note: () => {},
    append: () => {},
    open: (stream) => ({
      push(chunk) {
        said[stream] += chunk.toString();
        for (const line of chunk.toString().split('\n')) for (const watcher of watchers) watcher(line);
        return true;
      },
      room: async () => {},
      end: async () => {},
    }),
    tail: () => [],
    watch(onLine) {
      watchers.add(onLine);
      return () => watchers.delete(onLine);
    },
    begin: () => {},
    flush: async () => {},
    close: async () => {},
  };
}

export interface LaunchWords {
  readonly command: string | readonly string[];
  readonly workingDir?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly replica?: number;
  readonly tty?: boolean;
  readonly stdinOpen?: boolean;
}

export function launchRequest(words: LaunchWords): LaunchRequest & { readonly log: MemoryLog } {
  const { command, replica = 1 } = words;
  const service = serviceName('web');
  const instance = instanceId(service, replica, 1);
  return {
    instance,
    service,
    replica,
    run: {
      kind: 'process',
      command: typeof command === 'string' ? { kind: 'shell', line: command } : { kind: 'exec', argv: command },
      workingDir: words.workingDir ?? tmpdir(),
      tty: words.tty ?? false,
      stdinOpen: words.stdinOpen ?? false,
    },
    environment: {
      PATH: process.env.PATH ?? '',
      ...markEnvironment({ run: words.run ?? newRun(), service, replica, instance }),
      ...words.environment,
    },
    log: memoryLog(),
    place: { file: '/project/msvc.yaml', line: 3, column: 5 },
  };
}

export interface TestDriver {
  readonly driver: ReturnType<typeof createProcessDriver>;
  readonly pipes: PipePool;
  /** What guardian and ledger were told: `+ 12`, `- 12`, `launched 12`, `gone 12`. */
  readonly told: readonly string[];
  readonly pipesDir: string;
}

/** A driver whose processes are all ended when the test is over. */
export function testDriver(onForeign?: ProcessDriverParts['onForeign']): TestDriver {
  const pipesDir = tempDir();
  const pipes = createPipePool({ dir: pipesDir, spare: 2 });
  const told: string[] = [];
  const inner = createProcessDriver({
    pipes,
    guardian: { add: (pgid) => told.push(`+ ${pgid}`), remove: (pgid) => told.push(`- ${pgid}`) },
    ledger: { launched: ({ pid }) => told.push(`launched ${pid}`), gone: (pid) => told.push(`gone ${pid}`) },
    ...(onForeign && { onForeign }),
  });
  const running: Awaited<ReturnType<typeof inner.launch>>[] = [];
  onTestFinished(async () => {
    for (const one of running) await one.kill();
    await pipes.close();
  });
  const launch: typeof inner.launch = async (request) => {
    const one = await inner.launch(request);
    running.push(one);
    return one;
  };
  return { driver: { ...inner, launch }, pipes, told, pipesDir };
}

/** A child in a group of its own, killed with it when the test is over. */
export function child(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const started = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'], ...options });
  onTestFinished(async () => {
    try {
      process.kill(-started.pid!, 'SIGKILL');
    } catch {
      // Gone already.
    }
    // It may be writing into a folder that is about to be removed.
    if (started.exitCode === null && started.signalCode === null) await once(started, 'exit');
  });
  return started;
}

/** The first thing it says. */
export async function firstLine(of: ChildProcess): Promise<string> {
  const [chunk] = (await once(of.stdout!, 'data')) as [Buffer];
  return chunk.toString().trim();
}

/** Bundles a program that imports our sources (as `#src/...`) and runs it with Node. */
export async function programOf(source: string): Promise<string> {
  const dir = tempDir();
  const file = path.join(dir, 'program.mjs');
  await build({
    stdin: { contents: source.replaceAll('#src/', `${SOURCE}/`), resolveDir: SOURCE, loader: 'ts' },
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return file;
}

/** Not there, or a zombie. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return process.platform === 'linux';
  }
}

export function script(dir: string, name: string, text: string, mode = 0o755): string {
  const file = path.join(dir, name);
  writeFileSync(file, text, { mode });
  return file;
}
