/** Real FIFOs and real writers for the tests of logs, and folders that are gone afterwards. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { InstanceLog } from '../../../../src/runtime/logs/instance-log.ts';
import { type LogQuery, type LogRecord, readLogs } from '../../../../src/runtime/logs/read.ts';
import { LogStore, type LogWriteFailure } from '../../../../src/runtime/logs/store.ts';

export interface Rig {
  readonly dir: string;
  readonly logs: string;
  readonly store: LogStore;
  readonly failures: LogWriteFailure[];
  dispose(): Promise<void>;
}

export function createRig(): Rig {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'msvc-logs-'));
  const failures: LogWriteFailure[] = [];
  const logs = path.join(dir, 'logs');
  const store = new LogStore({ dir: logs, onError: (facts) => failures.push(facts) });
  return {
    dir,
    logs,
    store,
    failures,
    async dispose() {
      await store.close();
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

let pipes = 0;

/** A FIFO open at both ends, its name removed. */
export function makePipe(dir: string): { readonly read: number; readonly write: number } {
  const file = path.join(dir, `pipe-${++pipes}`);
  execFileSync('mkfifo', [file]);
  const read = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const write = fs.openSync(file, fs.constants.O_WRONLY);
  fs.unlinkSync(file);
  return { read, write };
}

/** Runs a script in another node, its output going to the log as a service's does; resolves when all of it is there. */
export async function capture(dir: string, log: InstanceLog, script: string, args: string[] = []): Promise<void> {
  const out = makePipe(dir);
  const err = makePipe(dir);
  const child: ChildProcess = spawn(process.execPath, ['-e', script, ...args], {
    stdio: ['ignore', out.write, err.write],
  });
  const exited = once(child, 'exit');
  fs.closeSync(out.write);
  fs.closeSync(err.write);
  await Promise.all([log.attach(out.read, 'stdout'), log.attach(err.read, 'stderr'), exited]);
}

export async function readAll(query: LogQuery): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  for await (const batch of readLogs(query)) for (const record of batch) all.push(record);
  return all;
}

export async function lines(query: LogQuery): Promise<string[]> {
  return (await readAll(query)).map((record) => record.line);
}

export const ROOMY = { maxSizeBytes: 1e9, maxFiles: 3 };

/** Writes numbered lines of 100 bytes as fast as the pipe takes them, then exits at once. */
export const FLOOD = `
  const fs = require('node:fs');
  const [name, count] = [process.argv[1], Number(process.argv[2])];
  let text = '';
  for (let i = 0; i < count; i++) {
    text += (name + ' ' + i + ' ').padEnd(99, 'x') + '\\n';
    if (text.length > 50000 || i === count - 1) { fs.writeSync(1, text); text = ''; }
  }
  process.exit(0);
`;
