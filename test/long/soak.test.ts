/** Hours in minutes: reloads, scaling and crashes under load, again and again. No request fails, nothing grows. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import { Random, rounds } from './random.ts';

const FILES = {
  'app/version.txt': '0\n',
  'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}", --version-file, version.txt]
    working_dir: app
    route: /
    replicas: 2
    calls: [api]
    develop: { watch: [{ path: app, action: restart }] }
  api: { command: [node, "\${PUPPET}"], replicas: 2, healthcheck: { http: /healthz } }
`,
};

interface Size {
  readonly files: number;
  readonly threads: number;
  readonly megabytes: number;
}

function sizeOf(pid: number): Size {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    files: readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
    megabytes: field('VmRSS') / 1024,
  };
}

test('no failed request and no growth', async (context) => {
  skipIf(context, process.platform !== 'linux' && 'reads /proc');
  skipIf(context, lacks('ps'));
  const random = new Random();
  await using rig = await createRig(FILES);
  await rig.up();
  const engine = (await rig.engine())?.enginePid as number;
  const events = rig.events();
  const load = await rig.load('/call?service=api&path=/', {
    perSecond: 100,
    good: (reply) => reply.status === 200 && reply.json<{ status?: number }>().status === 200,
  });

  let version = 0;
  const actions = [
    async () => {
      const after = events.all.at(-1)?.seq ?? 0;
      rig.write('app/version.txt', `${++version}\n`);
      await events.until('rollout.finished', { service: 'web' }, after);
    },
    () => rig.ok(['scale', `web=${1 + random.below(4)}`]),
    () => rig.ok(['scale', `api=${2 + random.below(3)}`]),
    () => rig.ok(['restart', random.of(['web', 'api'])]),
    async () => {
      const rows = (await rig.ps()).filter((row) => row.service === 'api' && row.state === 'ready');
      const victim = random.of(rows);
      const after = events.all.at(-1)?.seq ?? 0;
      process.kill(victim.pid as number, 'SIGKILL');
      await events.until('instance.ready', { service: 'api', replica: victim.replica as number }, after);
    },
  ];

  const total = rounds(150);
  let settled: Size | undefined;
  for (let round = 0; round < total; round++) {
    await random.of(actions)();
    // What is loaded once is loaded by then.
    if (round === Math.floor(total / 4)) {
      await rig.ok(['scale', 'web=2', 'api=2']);
      settled = sizeOf(engine);
    }
  }
  await rig.ok(['scale', 'web=2', 'api=2']);
  const end = sizeOf(engine);
  const report = await load.stop();
  expect(report.failed).toEqual([]);
  expect(report.ok).toBeGreaterThan(total);
  expect(end.threads).toBe(settled?.threads);
  expect(end.files - (settled?.files as number)).toBeLessThanOrEqual(8);
  expect(end.megabytes - (settled?.megabytes as number)).toBeLessThan(40);
});
