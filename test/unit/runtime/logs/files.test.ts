import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOLD_MS } from '../../../../src/runtime/logs/line-source.ts';
import { logFiles, removeLogs } from '../../../../src/runtime/logs/read.ts';
import { LogStore } from '../../../../src/runtime/logs/store.ts';
import { skipIf } from '../../../rig/skip.ts';
import { capture, createRig, FLOOD, lines, type Rig, ROOMY, readAll } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = createRig();
});
afterEach(async () => {
  await rig.dispose();
  expect(fs.existsSync(rig.dir)).toBe(false);
});

const sizes = (): number[] => fs.readdirSync(rig.logs).map((name) => fs.statSync(path.join(rig.logs, name)).size);

describe('rotation', () => {
  it('keeps to the sizes under load, divides no line and keeps the latest without a gap', async () => {
    const log = rig.store.open('a', 1, { maxSizeBytes: 1_000_000, maxFiles: 3 });
    await capture(rig.dir, log, FLOOD, ['a', '50000']);
    expect(fs.readdirSync(rig.logs).sort()).toEqual(['a.1.log', 'a.1.log.1', 'a.1.log.2']);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(1_000_000);
    const got = (await lines({ dir: rig.logs })).map((line) => Number(line.split(' ')[1]));
    expect(got.at(-1)).toBe(49_999);
    expect(got.every((n, i) => i === 0 || n === got[i - 1]! + 1)).toBe(true);
    expect(got.length).toBeGreaterThan(2 * 7000);
    for (const name of fs.readdirSync(rig.logs)) {
      expect(fs.readFileSync(path.join(rig.logs, name), 'latin1')).toMatch(/^\d{4}-[^\n]{95,}\n(?:[\s\S]*\n)?$/);
    }
  });

  it('holds one file when one is all there may be, and removes what a greater number left', async () => {
    for (const index of [1, 2, 3]) {
      fs.mkdirSync(rig.logs, { recursive: true });
      fs.writeFileSync(path.join(rig.logs, `a.1.log.${index}`), 'old\n');
    }
    const log = rig.store.open('a', 1, { maxSizeBytes: 10_000, maxFiles: 1 });
    await capture(rig.dir, log, FLOOD, ['a', '1000']);
    expect(fs.readdirSync(rig.logs)).toEqual(['a.1.log']);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(10_000);
    expect((await lines({ dir: rig.logs })).at(-1)).toMatch(/^a 999 /);
  });

  it('lets a line that is larger than a file have one of its own', async () => {
    const log = rig.store.open('a', 1, { maxSizeBytes: 1000, maxFiles: 3 });
    log.append('stdout', Buffer.from(`short\n${'x'.repeat(5000)}\nshort\n`));
    await log.close();
    expect((await lines({ dir: rig.logs })).map((line) => line.length)).toEqual([5, 5000, 5]);
  });

  it('goes on after a former run, also after one that was killed within a line', async () => {
    const first = rig.store.open('a', 1, ROOMY);
    first.append('stdout', Buffer.from('first run\n'));
    await first.close();
    fs.appendFileSync(path.join(rig.logs, 'a.1.log'), '2026-01-01T00:00:00.000Z o tor');
    const second = rig.store.open('a', 1, ROOMY);
    second.append('stdout', Buffer.from('second run\n'));
    await second.close();
    expect(await lines({ dir: rig.logs })).toEqual(['first run', 'tor', 'second run']);
  });
});

describe('names', () => {
  it('tells services with dots and numbers in their names apart, and removes only logs', async () => {
    for (const [service, replica] of [
      ['a.1', 2],
      ['a', 1],
      ['a', 10],
      ['a', 2],
    ] as const) {
      const log = rig.store.open(service, replica, ROOMY);
      log.note('x');
      await log.close();
    }
    fs.writeFileSync(path.join(rig.logs, 'notes.txt'), 'mine');
    const found = await logFiles(rig.logs);
    expect(found.map(({ service, replica }) => `${service} ${replica}`)).toEqual(['a 1', 'a 2', 'a 10', 'a.1 2']);
    await removeLogs(rig.logs);
    expect(fs.readdirSync(rig.logs)).toEqual(['notes.txt']);
    fs.rmSync(path.join(rig.logs, 'notes.txt'));
    await removeLogs(rig.logs);
    expect(fs.existsSync(rig.logs)).toBe(false);
    expect(await logFiles(rig.logs)).toEqual([]);
    await removeLogs(rig.logs);
  });
});

describe('a disk that refuses', () => {
  it('drains the service all the same, reports once, and says what was lost when it goes on', async () => {
    // A file where the folder should be: nothing can be written, by root either.
    fs.writeFileSync(rig.logs, '');
    const log = rig.store.open('a', 1, ROOMY);
    await capture(rig.dir, log, FLOOD, ['a', '20000']);
    await capture(rig.dir, log, FLOOD, ['a', '5']);
    expect(rig.failures).toMatchObject([{ service: 'a', replica: 1, path: path.join(rig.logs, 'a.1.log') }]);
    expect(rig.failures[0]!.errno).toMatch(/^(EEXIST|ENOTDIR)$/);
    expect(log.tail(1)[0]).toMatch(/^a 4 /);
    fs.rmSync(rig.logs);
    await log.close();
    expect(await lines({ dir: rig.logs })).toEqual([`20005 lines lost: ${rig.failures[0]!.errno}`]);
  });

  it('counts a line that came in pieces once', async () => {
    fs.writeFileSync(rig.logs, '');
    const log = rig.store.open('a', 1, ROOMY);
    const slow = `process.stdout.write('begun', () => setTimeout(() => console.log(' and ended'), ${HOLD_MS * 3}));`;
    await capture(rig.dir, log, slow);
    fs.rmSync(rig.logs);
    await log.close();
    expect(await lines({ dir: rig.logs })).toEqual([expect.stringMatching(/^1 lines? lost: E/)]);
  });

  it('leaves whole lines only on a disk that has become full', async (context) => {
    const disk = path.join(rig.dir, 'disk');
    fs.mkdirSync(disk);
    const mount = ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk];
    skipIf(context, spawnSync('mount', mount, { stdio: 'ignore' }).status !== 0 && 'no right to mount a small disk');
    try {
      const errors: string[] = [];
      const dir = path.join(disk, 'logs');
      const store = new LogStore({ dir, onError: ({ errno }) => errors.push(errno) });
      const log = store.open('a', 1, ROOMY);
      await capture(rig.dir, log, FLOOD, ['a', '20000']);
      expect(errors).toEqual(['ENOSPC']);
      const file = path.join(dir, 'a.1.log');
      expect(fs.readFileSync(file, 'latin1').endsWith('x\n')).toBe(true);
      const kept = (await readAll({ dir })).filter(({ stream }) => stream === 'stdout').map(({ line }) => line);
      expect(kept.every((line, i) => line.startsWith(`a ${i} `) && line.length === 99)).toBe(true);
      fs.truncateSync(file, 0);
      await store.close();
      expect((await lines({ dir })).at(-1)).toBe(`${20_000 - kept.length} lines lost: ENOSPC`);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
