/** What `msvc doctor` makes of an engine: how containers and this machine reach each other, and what keeps them apart. */
import { expect, test } from 'vitest';
import { containerEngine, findingsOf } from '../../../src/cli/doctor/containers.ts';
import type { ServiceSpec } from '../../../src/model/project.ts';
import type { EngineReport } from '../../../src/runtime/drivers/container/report.ts';
import { lacksEngine } from '../../rig/containers.ts';
import { skipIf } from '../../rig/skip.ts';
import { Captured } from './capture.ts';

const BRIDGE = { address: '172.17.0.1', isHere: true, range: '172.18.0.0/16', firewall: null };
const REPORT: EngineReport = {
  engine: 'unix:///var/run/docker.sock',
  version: '20.10.24',
  system: 'Debian',
  placement: 'bridge',
  isRootless: false,
  limitsMemory: true,
  bridge: BRIDGE,
};
const web = {
  name: 'web',
  calls: ['api'],
  run: { kind: 'container', limits: { memoryBytes: 1024 } },
} as unknown as ServiceSpec;

const told = (report: Partial<EngineReport>, users: readonly ServiceSpec[] = [web]) =>
  findingsOf({ ...REPORT, ...report }, users).slice(1);

test('the engine of this machine says where containers call it', async (context) => {
  skipIf(context, await lacksEngine());
  const found = await containerEngine.run({
    cwd: '/',
    env: process.env,
    out: new Captured().output,
    err: new Captured().output,
    globals: { files: [], projectName: undefined, profiles: [], envFiles: [], ansi: 'auto' as const },
  });
  expect(found).toMatchObject([
    { status: 'ok', detail: expect.stringMatching(/^Docker [\d.]+.* at unix:/) },
    { detail: expect.stringContaining('containers call') },
  ]);
});

test('a firewall that drops their calls is a problem for who has containers, with the command that lets them in', () => {
  const firewall = { name: 'ufw', isCertain: true } as const;
  expect(told({ bridge: { ...BRIDGE, firewall } })).toEqual([
    {
      status: 'problem',
      detail: expect.stringContaining('ufw drops what containers call on this machine'),
      hint: '`sudo ufw allow from 172.16.0.0/12`',
    },
  ]);
  expect(told({ bridge: { ...BRIDGE, firewall } }, [])).toMatchObject([{ status: 'warning' }]);
  const range = '10.200.0.0/24';
  expect(told({ bridge: { ...BRIDGE, range, firewall: { name: 'iptables', isCertain: true } } })).toMatchObject([
    { hint: `\`sudo iptables -I INPUT -s ${range} -j ACCEPT\`` },
  ]);
  expect(told({ bridge: { ...BRIDGE, firewall: { name: 'ufw', isCertain: false } } })).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('may drop') },
  ]);
});

test('no range left, a bridge elsewhere, a VM, no engine’s root, no control group for memory', () => {
  expect(told({ bridge: { ...BRIDGE, range: null } })).toMatchObject([
    { status: 'problem', hint: expect.stringContaining('network prune') },
  ]);
  expect(told({ bridge: { ...BRIDGE, isHere: false } })).toMatchObject([
    { status: 'warning', detail: expect.stringContaining('none of this machine') },
  ]);
  expect(told({ bridge: null, placement: 'vm' })).toMatchObject([
    { status: 'ok', detail: expect.stringContaining('host.docker.internal') },
  ]);
  expect(told({ bridge: null, placement: 'vm', isRootless: true })).toMatchObject([
    { status: 'warning', hint: expect.stringContaining('DISABLE_HOST_LOOPBACK=false') },
  ]);
  expect(told({ limitsMemory: false })[1]).toMatchObject({
    status: 'warning',
    detail: 'the engine cannot limit memory: that of web is not held to',
  });
});
