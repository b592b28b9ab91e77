/** `why` ended at what could not start: neither the failed dependency nor the command stood there. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('a failed dependency, a failed pre_start and a failed migration are traced back to the command', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  dep: { command: "exit 2", restart: "no" }
  top: { command: sleep 1000, depends_on: { dep: { condition: service_completed_successfully } } }
  tip: { command: sleep 1000, depends_on: [top] }
  hooked: { command: sleep 1000, pre_start: "exit 3" }
  stored: { command: sleep 1000, database: { migrations: m } }
`,
    'm/1.sql': 'insert into zzz values (1);',
  });
  rig.expectFile('.msvc/data');
  await rig.ok(['up', '-d']);
  const events = rig.events();
  for (const service of ['top', 'tip', 'hooked', 'stored']) await events.until('service.blocked', { service });
  const why = async (service: string): Promise<string> => (await rig.ok(['why', service])).stdout;
  expect(await why('top')).toMatch(/`msvc up`.*dep.* exited 2.*dep.* failed.*top.* cannot start: dep failed/s);
  expect(await why('tip')).toMatch(
    /`msvc up`.*dep.* failed.*top.* cannot start: dep failed.*tip.* cannot start: top failed/s,
  );
  for (const service of ['hooked', 'stored']) {
    expect(await why(service)).toMatch(/`msvc up`.*cannot start: /s);
    expect((await why(service)).match(/cannot start/g)).toHaveLength(1);
  }
});

test('an attached `up` says once what keeps a service from starting', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: sleep 1000, pre_start: "exit 3" } }',
  });
  const up = await rig.msvc(['up', '--abort-on-failure']);
  expect(up.code).toBe(1);
  expect((up.stdout + up.stderr).match(/cannot start/g)).toHaveLength(1);
});
