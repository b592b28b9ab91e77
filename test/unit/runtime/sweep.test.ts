import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { MsvcError } from '../../../src/model/error.ts';
import { openLaunchLedger, pidSpace, readRuns, runFolder } from '../../../src/runtime/launch-ledger.ts';
import { startTimeOf } from '../../../src/runtime/process-table.ts';
import { sweep, sweepRun } from '../../../src/runtime/sweep.ts';
import { skipIf } from '../../rig/skip.ts';
import { eventually } from '../../rig/wait.ts';
import { child, firstLine, isGone, newRun, programOf, tempDir } from './support.ts';

const linux = process.platform === 'linux';

/** An engine in small that launches two groups and is then killed with no guardian to help. */
const ENGINE = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openLaunchLedger } from '#src/runtime/launch-ledger.ts';
const [run, stateDir] = process.argv.slice(2);
const ledger = openLaunchLedger({ stateDir, run });
const pids = [];
for (const [service, line] of [
  ['polite', "trap 'exit 0' TERM; echo up; while :; do sleep 0.02; done"],
  ['stubborn', "trap '' TERM; echo up; (while :; do sleep 0.02; done) & wait; wait"],
  ['escaped', "setsid sh -c 'echo $$; exec sleep 605' & wait"],
]) {
  const started = spawn('sh', ['-c', line], {
    detached: true, env: { ...process.env, MSVC_RUN: run, MSVC_SERVICE: service }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(started.stdout, 'data');
  ledger.launched({ pid: started.pid, service });
  pids.push(started.pid);
  if (Number(said) > 0) pids.push(Number(said));
}
process.stdout.write(JSON.stringify(pids));
setInterval(() => {}, 1e6);
`;

async function startEngine(stateDir: string, run = newRun()) {
  const engine = child(process.execPath, [await programOf(ENGINE), run, stateDir]);
  const pids = JSON.parse(await firstLine(engine)) as number[];
  return { engine, pids, run };
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    for (const target of [-pid, pid]) {
      try {
        process.kill(target, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
  }
}

/** A record as an engine that is gone would have left it. */
function leaveRecord(stateDir: string, run: string, lines: readonly string[], space = pidSpace()): string {
  mkdirSync(runFolder(stateDir), { recursive: true });
  const file = path.join(runFolder(stateDir), `${run}.launches`);
  writeFileSync(file, [`engine\t${2 ** 22 - 1}\t1\t${space}`, ...lines, ''].join('\n'));
  return file;
}

it('leaves everything of an engine that lives', async () => {
  const stateDir = tempDir();
  const { pids, run } = await startEngine(stateDir);
  try {
    expect(await sweep({ stateDir })).toEqual([]);
    expect(pids.some(isGone)).toBe(false);
    expect(readRuns(stateDir).map((record) => record.run)).toEqual([run]);
  } finally {
    killAll(pids);
  }
});

it('ends what a killed engine left, names it, and removes the record', async () => {
  const stateDir = tempDir();
  const { engine, pids, run } = await startEngine(stateDir);
  try {
    engine.kill('SIGKILL');
    await eventually('the engine to go', () => isGone(engine.pid!));
    const swept = await sweep({ stateDir, graceMs: 200 });
    await eventually('the leftovers to go', () => (linux ? pids : pids.slice(0, 3)).every(isGone));
    expect(new Set(swept.map((one) => one.run))).toEqual(new Set([run]));
    expect(swept.find((one) => one.pid === pids[0])).toMatchObject({ service: 'polite' });
    expect(swept.find((one) => one.pid === pids[0])!.command).toMatch(/^sh -c trap/);
    expect(swept.map((one) => one.pid)).toEqual(expect.arrayContaining(pids.slice(0, 2)));
    if (linux) expect(swept.map((one) => one.pid)).toContain(pids[3]);
    expect(readdirSync(runFolder(stateDir))).toEqual([]);
    expect(await sweep({ stateDir })).toEqual([]);
  } finally {
    killAll(pids);
  }
});

it('keeps a record small however often something runs, and forgets nothing that lives', async () => {
  const stateDir = tempDir();
  const ledger = openLaunchLedger({ stateDir, run: newRun() });
  ledger.launched({ pid: process.pid, service: 'lasting' });
  for (let pid = 4_200_000; pid < 4_220_000; pid++) {
    ledger.launched({ pid, service: 'job' });
    ledger.gone(pid);
  }
  ledger.launched({ pid: process.ppid, service: 'late' });
  const [record] = readRuns(stateDir);
  expect(statSync(record!.file).size).toBeLessThan(300_000);
  expect(record!.engine).toMatchObject({ pid: process.pid, start: startTimeOf(process.pid) });
  expect(record!.launches.map(({ service }) => service)).toEqual(['lasting', 'late']);
  await ledger.close();
  expect(readdirSync(runFolder(stateDir))).toEqual([]);
});

it('does not touch a process that merely got the same pid later', async () => {
  const stateDir = tempDir();
  const stranger = child('sh', ['-c', 'echo up; exec sleep 606']);
  await firstLine(stranger);
  const file = leaveRecord(stateDir, newRun(), [`launch\t${stranger.pid}\t1\tweb`]);
  expect(await sweep({ stateDir })).toEqual([]);
  expect(isGone(stranger.pid!)).toBe(false);
  expect(existsSync(file)).toBe(false);
});

it('does not touch a group that was empty before the engine died', async () => {
  const stateDir = tempDir();
  const other = child('sh', ['-c', 'echo up; exec sleep 607']);
  await firstLine(other);
  leaveRecord(stateDir, newRun(), [`launch\t${other.pid}\t${startTimeOf(other.pid!)}\tweb`, `gone\t${other.pid}`]);
  expect(await sweep({ stateDir })).toEqual([]);
  expect(isGone(other.pid!)).toBe(false);
});

it('judges no record of another container, and forgets those from before a restart of the machine', async () => {
  const stateDir = tempDir();
  const [boot] = pidSpace().split(' ');
  const elsewhere = leaveRecord(stateDir, 'elsewhere', [], `${boot} pid:[1]`);
  const before = leaveRecord(stateDir, 'before', [], 'another-boot pid:[1]');
  await sweep({ stateDir });
  expect([existsSync(elsewhere), existsSync(before)]).toEqual([linux, false]);
});

it('sweeps only the runs it is asked to', async () => {
  const stateDir = tempDir();
  const one = leaveRecord(stateDir, 'one', []);
  const two = leaveRecord(stateDir, 'two', []);
  await sweep({ stateDir, runs: ['one'] });
  expect([existsSync(one), existsSync(two)]).toEqual([false, true]);
});

it('is quiet where nothing ever ran', async () => {
  expect(await sweep({ stateDir: path.join(tempDir(), 'none') })).toEqual([]);
});

it('finds what bears a run’s mark, for the engine’s last look', async (context) => {
  skipIf(context, !linux && 'marks and zombies can only be seen in /proc');
  const run = newRun();
  const stray = child('sh', ['-c', 'echo up; exec sleep 608'], { env: { ...process.env, MSVC_RUN: run } });
  const other = child('sh', ['-c', 'echo up; exec sleep 609'], { env: { ...process.env, MSVC_RUN: `${run}0` } });
  await Promise.all([firstLine(stray), firstLine(other)]);
  expect((await sweepRun(run)).map((one) => one.pid)).toEqual([stray.pid]);
  await eventually('the stray to go', () => isGone(stray.pid!));
  expect(isGone(other.pid!)).toBe(false);
});

it('a ledger is one file that is whole from the start and gone at the end', async () => {
  const stateDir = tempDir();
  const ledger = openLaunchLedger({ stateDir, run: 'r1' });
  expect(readRuns(stateDir)).toMatchObject([{ run: 'r1', engine: { pid: process.pid }, launches: [] }]);
  ledger.launched({ pid: process.pid, service: 'web' });
  if (linux) {
    expect(readRuns(stateDir)[0]!.launches).toEqual([
      { pid: process.pid, start: startTimeOf(process.pid), service: 'web' },
    ]);
    // The last line was cut by a full disk.
    writeFileSync(readRuns(stateDir)[0]!.file, 'launch\t1', { flag: 'a' });
    expect(readRuns(stateDir)[0]!.launches.length).toBe(1);
  }
  await ledger.close();
  ledger.gone(process.pid);
  expect(readdirSync(runFolder(stateDir))).toEqual([]);
});

it('a state folder that cannot be written is an error with its name', () => {
  const stateDir = path.join(tempDir(), 'file');
  writeFileSync(stateDir, '');
  expect(() => openLaunchLedger({ stateDir, run: 'r1' })).toThrowError(
    expect.objectContaining({
      code: 'MSVC_STATE_UNWRITABLE',
      facts: expect.objectContaining({ reason: 'ENOTDIR' }),
    }) as MsvcError,
  );
  expect(readFileSync(stateDir, 'utf8')).toBe('');
});
