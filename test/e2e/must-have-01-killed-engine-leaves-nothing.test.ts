/** Must-have 1: whatever part is killed with SIGKILL, nothing survives that should not, and the next `up` is clean. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const FILES = {
  'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    route: /
    stop_grace_period: 1s
  worker:
    command: "node $PUPPET --worker --ignore-term | cat"
    port: none
    stop_grace_period: 1s
`,
};

const enginePid = async (rig: Rig): Promise<number> => (await rig.engine())?.enginePid as number;

function childrenOf(pid: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child as number);
}

async function upAgainAndServe(rig: Rig, before: readonly number[]): Promise<void> {
  const again = await rig.up();
  expect(`${again.stdout}${again.stderr}`).not.toMatch(/in use|EADDRINUSE|taken/);
  expect((await rig.get('/')).status).toBe(200);
  expect(rig.processes().map((one) => one.pid)).not.toEqual(expect.arrayContaining([...before]));
}

test('kill -9 of the engine: the guardian ends the services, also what left its group', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const web = await rig.puppet('web');
  await web.tell('leak');
  await web.tell('leak', { setsid: true });
  process.kill(await enginePid(rig), 'SIGKILL');
  await web.gone;
  await eventually('the group to be gone', () => rig.processes().every((one) => !one.command.includes('puppet.mjs')));
  await upAgainAndServe(rig, [web.pid]);
});

test('kill -9 of engine and guardian at once: the next `up` sweeps', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const pid = await enginePid(rig);
  const services = (await rig.ps()).map((row) => row.pid as number);
  const guardians = childrenOf(pid).filter((child) => !services.includes(child));
  for (const one of [pid, ...guardians]) process.kill(one, 'SIGKILL');
  await eventually('the engine to be gone', () => rig.processes().every((one) => one.pid !== pid));
  await upAgainAndServe(rig, services);
  const swept = rig.events();
  const started = await swept.until('engine.started');
  expect(started.swept.length).toBeGreaterThan(0);
});

test('kill -9 of engine and guardian, then `down`: nothing is left', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const pid = await enginePid(rig);
  const services = (await rig.ps()).map((row) => row.pid as number);
  for (const one of [pid, ...childrenOf(pid).filter((child) => !services.includes(child))])
    process.kill(one, 'SIGKILL');
  await eventually('the engine to be gone', () => rig.processes().every((one) => one.pid !== pid));
  await rig.ok(['down']);
  expect(rig.processes()).toEqual([]);
});

test('kill -9 of the attached command: its lease ends, the system stops in order', async () => {
  await using rig = await createRig(FILES);
  const up = rig.start(['up']);
  const web = await rig.puppet('web');
  await web.notice('listening');
  const events = await rig.engineUp().then(() => rig.events());
  await events.until('instance.ready', { service: 'web' });
  up.signal('SIGKILL');
  await events.until('lease.ended', { reason: 'connection-closed' });
  expect((await web.notice('signal')).signal).toBe('SIGTERM');
  await eventually('everything to be gone', () => rig.processes().length === 0);
  expect(await rig.engine()).toBeUndefined();
});

test('kill -9 of half of a service: its leader dies, its children go before it is launched again', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const web = await rig.puppet('web');
  const child = await web.tell('leak');
  const events = rig.events();
  process.kill(web.pid, 'SIGKILL');
  const again = await rig.puppet('web');
  await events.until(
    'instance.ready',
    (event) => event.service === 'web' && event.seq > (events.of('instance.exited')[0]?.seq ?? Infinity),
  );
  const pids = rig.processes().map((one) => one.pid);
  expect(pids).toContain(again.pid);
  expect(pids).not.toContain(child);
});
