/**
 * CPU time of this process per captured line, against a plain splitter reading the same pipes, in turns.
 *
 *   npx esbuild bench/logs-micro.ts --bundle --platform=node --format=esm | node --input-type=module - [lines] [services]
 *
 * The writers' own time is not counted: they are separate processes.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readPipe } from '../src/runtime/logs/pipe-reader.ts';
import { LogStore } from '../src/runtime/logs/store.ts';

const lines = Number(process.argv[2] ?? 1_000_000);
const services = Number(process.argv[3] ?? 1);
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'logs-micro-'));
const each = Math.floor(lines / services);

const text = 'x'.repeat(92);
const writer = `i=0; while [ $i -lt ${Math.ceil(each / 1000)} ]; do cat "$1"; i=$((i+1)); done`;
const block = path.join(dir, 'block');
fs.writeFileSync(block, Array.from({ length: 1000 }, (_, i) => `${String(i).padStart(7, '0')}${text}\n`).join(''));

function start(name: string): number {
  const fifo = path.join(dir, name);
  execFileSync('mkfifo', [fifo]);
  const read = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const write = fs.openSync(fifo, fs.constants.O_WRONLY);
  spawn('sh', ['-c', writer, 'sh', block], { stdio: ['ignore', write, 'ignore'] });
  fs.closeSync(write);
  return read;
}

async function splitter(): Promise<number> {
  let count = 0;
  await Promise.all(
    Array.from({ length: services }, (_, i) => {
      let rest = '';
      return readPipe(start(`s${i}-${process.hrtime.bigint()}`), (chunk) => {
        const parts = (rest + chunk.toString('latin1')).split('\n');
        rest = parts.pop()!;
        count += parts.length;
        return true;
      }).ended;
    }),
  );
  return count;
}

async function captured(): Promise<number> {
  const logs = path.join(dir, `logs-${process.hrtime.bigint()}`);
  const store = new LogStore({ dir: logs, onError: console.error });
  await Promise.all(
    Array.from({ length: services }, (_, i) =>
      store
        .open(`s${i}`, 1, { maxSizeBytes: 1e9, maxFiles: 3 })
        .attach(start(`c${i}-${process.hrtime.bigint()}`), 'stdout'),
    ),
  );
  await store.close();
  const count = Number(execFileSync('sh', ['-c', `cat ${logs}/* | wc -l`]).toString());
  fs.rmSync(logs, { recursive: true });
  return count;
}

for (let round = 0; round < 3; round++) {
  for (const [name, run] of Object.entries({ splitter, captured })) {
    const before = process.cpuUsage();
    const startedAt = performance.now();
    const count = await run();
    const { user, system } = process.cpuUsage(before);
    const us = (n: number) => (n / count).toFixed(3);
    console.log(
      `${name.padEnd(9)} ${count} lines  ${us(user + system)} us/line (user ${us(user)}, system ${us(system)})  ${((performance.now() - startedAt) / 1000).toFixed(2)} s`,
    );
  }
}
fs.rmSync(dir, { recursive: true });
