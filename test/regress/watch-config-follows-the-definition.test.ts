/** `up --watch-config` watched the files that there were when it began, and no others. */
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const service = (name: string, label: string): string =>
  `  ${name}: { command: [node, "\${PUPPET}"], environment: { LABEL: "${label}" } }\n`;

test('a file that is made later is read: the override, .env, an env_file in a folder that was not there', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    environment: { LABEL: "\${LABEL:-none}" }
    env_file: [{ path: conf/web.env, required: false }]
`,
  });
  const up = rig.start(['up', '--watch-config', '--no-tui']);
  await up.until(/^web\.1 +ready/);
  const events = rig.events();
  let seq = 0;
  const replaced = async (): Promise<void> => {
    seq = (await events.until('rollout.finished', { service: 'web' }, seq)).seq;
  };
  rig.write('.env', 'LABEL=dotenv');
  await replaced();
  expect((await rig.ok(['env', 'web'])).stdout).toContain('dotenv');
  rig.write('conf/web.env', 'FROM_FILE=first');
  await replaced();
  rig.write('conf/web.env', 'FROM_FILE=second');
  await replaced();
  expect((await rig.ok(['env', 'web'])).stdout).toContain('second');
  rig.write('msvc.override.yaml', `services:\n${service('api', '')}`);
  await up.until(/^api\.1 +ready/);
  rmSync(rig.path('msvc.override.yaml'));
  await up.until(/^api +no longer part of the system/);
  await rig.ok(['down']);
  await up.exited;
});

test('a file that becomes part of it later is watched from then on, also when it comes after what names it', async () => {
  await using rig = await createRig({ 'msvc.yaml': `services:\n${service('web', '')}` });
  const up = rig.start(['up', '--watch-config', '--no-tui']);
  await up.until(/^web\.1 +ready/);
  rig.write('msvc.yaml', `include: [inc.yaml]\nservices:\n${service('web', '')}`);
  await up.until('the definition changed, but is wrong; the system stays as it is');
  rig.write('inc.yaml', `services:\n${service('api', 'first')}`);
  await up.until(/^api\.1 +ready/);
  rig.write('inc.yaml', `services:\n${service('api', 'second')}`);
  await up.until(/^api +new version serves/);
  await rig.ok(['down']);
  await up.exited;
});
