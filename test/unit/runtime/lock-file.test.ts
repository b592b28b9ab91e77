import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeDeadDrafts, takeLock } from '../../../src/runtime/lock-file.ts';
import { startTimeOf } from '../../../src/runtime/process-table.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
  file = path.join(folder, 'p.lock');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of a project', () => {
  test('is free after its release, and leaves no file', () => {
    const lock = takeLock(file);
    expect(lock?.stale).toBe(false);
    expect(takeLock(file)).toBeNull();
    lock?.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of a living process is refused', async () => {
    const child = spawn('sleep', ['60']);
    try {
      await once(child, 'spawn');
      writeFileSync(file, `${child.pid} ${startTimeOf(child.pid as number)}`);
      expect(takeLock(file)).toBeNull();
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const taken = takeLock(file);
    expect(taken?.stale).toBe(true);
    taken?.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing for ever when it is killed in the middle', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const dead = 2 ** 22 - 1;
    for (const pid of [child.pid, dead]) {
      for (const draft of [`p.json.lock.${pid}`, `p.json.${pid}.new`]) writeFileSync(path.join(folder, draft), '');
    }
    writeFileSync(path.join(folder, 'p.json'), '');
    removeDeadDrafts(folder);
    // Of who lives they are in use.
    const left = ['p.json', `p.json.${child.pid}.new`, `p.json.lock.${child.pid}`];
    expect(readdirSync(folder).sort()).toEqual(left);
    child.kill('SIGKILL');
    await once(child, 'exit');
    removeDeadDrafts(folder);
    expect(readdirSync(folder)).toEqual(['p.json']);
  });

  test('of a process whose number somebody else has by now is taken over', () => {
    writeFileSync(file, `${process.pid} 1`);
    expect(takeLock(file)?.stale).toBe(true);
  });
});
