import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createGuardian } from '../../../src/runtime/guardian.ts';
import { markedProcesses } from '../../../src/runtime/processes/marked.ts';
import { eventually } from '../../rig/wait.ts';
import { child, firstLine, isGone, newRun, programOf, tempDir } from './support.ts';

const linux = process.platform === 'linux';

/** An engine in small: a guardian, told of three groups; says all pids and then waits to be killed. */
const ENGINE = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createGuardian } from '#src/runtime/guardian.ts';
const [run, dir] = process.argv.slice(2);
const env = { ...process.env, MSVC_RUN: run, MSVC_INSTANCE: 'web.1@1' };
const guardian = createGuardian({ run, graceMs: 300, onLost: () => process.stdout.write('lost\\n') });
async function group(line, environment = env) {
  const started = spawn('sh', ['-c', line], { detached: true, cwd: dir, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(started.stdout, 'data');
  return started.pid;
}
const polite = await group("trap 'echo term >> terms; exit 0' TERM; echo up; while :; do sleep 0.02; done");
const stubborn = await group("trap '' TERM; echo up; while :; do sleep 0.02; done");
const escaped = await group("setsid sh -c 'echo $$ > escaped; echo up; exec sleep 603' & wait");
const removed = await group("echo up; exec sleep 604", process.env);
for (const pgid of [polite, stubborn, escaped, removed]) guardian.add(pgid);
guardian.remove(removed);
process.stdout.write(JSON.stringify({ polite, stubborn, escaped, removed, guardian: guardian.pid }) + '\\n');
process.stdin.resume();
process.stdin.once('data', () => guardian.close().then(() => process.exit(0)));
process.on('SIGUSR2', () => process.stdout.write(guardian.pid + '\\n'));
`;

interface Engine {
  readonly pids: Record<'polite' | 'stubborn' | 'escaped' | 'removed' | 'guardian', number>;
  readonly dir: string;
  readonly run: string;
  readonly process: ReturnType<typeof child>;
  readonly all: readonly number[];
}

async function startEngine(): Promise<Engine> {
  const dir = tempDir();
  const run = newRun();
  const engine = child(process.execPath, [await programOf(ENGINE), run, dir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const pids = JSON.parse(await firstLine(engine)) as Engine['pids'];
  const escapee = Number(readFileSync(path.join(dir, 'escaped'), 'utf8'));
  return { pids, dir, run, process: engine, all: [pids.polite, pids.stubborn, pids.escaped, escapee] };
}

function killGroup(pgid: number): void {
  try {
    process.kill(-pgid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

it('ends every group when the engine is killed: TERM once, then KILL, then what bears the mark', async () => {
  const engine = await startEngine();
  try {
    engine.process.kill('SIGKILL');
    const { polite, stubborn, escaped, guardian, removed } = engine.pids;
    await eventually('the groups to go', () => [polite, stubborn, escaped].every(isGone));
    if (linux) await eventually('what escaped to go', () => engine.all.every(isGone));
    await eventually('the guardian to go', () => isGone(guardian));
    expect(readFileSync(path.join(engine.dir, 'terms'), 'utf8')).toBe('term\n');
    // Its number could be somebody else's by then.
    expect(isGone(removed)).toBe(false);
    expect((await markedProcesses()).filter((row) => row.run === engine.run)).toEqual([]);
  } finally {
    for (const pid of engine.all) killGroup(pid);
    killGroup(engine.pids.removed);
  }
});

it('is replaced when it is killed, and the new one knows every group', async () => {
  const engine = await startEngine();
  try {
    const said: string[] = [];
    engine.process.stdout!.on('data', (chunk: Buffer) => said.push(...chunk.toString().trim().split('\n')));
    process.kill(engine.pids.guardian, 'SIGKILL');
    await eventually('the loss to be told', () => said.includes('lost'));
    engine.process.kill('SIGUSR2');
    const successor = await eventually('the new guardian', () => said.map(Number).find((pid) => pid > 0));
    expect(successor).not.toBe(engine.pids.guardian);
    expect(engine.all.some(isGone)).toBe(false);
    engine.process.kill('SIGKILL');
    await eventually('the groups to go', () => engine.all.every(isGone));
    await eventually('the guardian to go', () => isGone(successor));
  } finally {
    for (const pid of engine.all) killGroup(pid);
    killGroup(engine.pids.removed);
  }
});

it('ends nothing when it is dismissed', async () => {
  const engine = await startEngine();
  try {
    engine.process.stdin!.write('close\n');
    await eventually('the engine to go', () => isGone(engine.process.pid!));
    await eventually('the guardian to go', () => isGone(engine.pids.guardian));
    expect(engine.all.some(isGone)).toBe(false);
    expect(existsSync(path.join(engine.dir, 'terms'))).toBe(false);
  } finally {
    for (const pid of engine.all) killGroup(pid);
    killGroup(engine.pids.removed);
  }
});

it('is not ended by what a terminal or a person sends to everything', async () => {
  let lost = 0;
  const guardian = createGuardian({ run: newRun(), onLost: () => (lost += 1) });
  expect(guardian.pid).toBeUndefined();
  guardian.begin();
  const pid = guardian.pid!;
  // It can be signalled before its shell has set its traps; wait until the script runs.
  if (linux) {
    await eventually('its traps', () => /^SigIgn:\s+0*[1-9a-f]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.kill(pid, signal);
  expect(isGone(pid)).toBe(false);
  expect(guardian.pid).toBe(pid);
  await guardian.close();
  expect(isGone(pid)).toBe(true);
  expect(lost).toBe(0);
});

it('keeps no process alive by itself', async () => {
  const program = await programOf(`
import { createGuardian } from '#src/runtime/guardian.ts';
const guardian = createGuardian({ run: 'over-at-once-' + process.pid });
guardian.begin();
process.stdout.write(String(guardian.pid));
`);
  const engine = child(process.execPath, [program]);
  const guardian = Number(await firstLine(engine));
  await eventually('the engine to end by itself', () => isGone(engine.pid!));
  await eventually('the guardian to follow', () => isGone(guardian));
});
