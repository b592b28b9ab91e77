/** A launch that is not done yet: what comes meanwhile (another health check, the end) meets it. */
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

const definition = (service: string): string => `services:\n  web: ${service}\n`;
const TYPED = '{ command: "echo up; exec sleep 1000", port: none, tty: true }';

/** The launch of a service with a terminal waits until there is a file `go`. */
async function slowTerminal(): Promise<Rig> {
  const real = spawnSync('sh', ['-c', 'command -v script'], { encoding: 'utf8' }).stdout.trim();
  const rig = await createRig({
    'msvc.yaml': definition(TYPED),
    'slow/script': `#!/bin/sh\n: > asked\nwhile [ ! -e go ]; do sleep 0.02; done\nexec ${real} "$@"\n`,
  });
  chmodSync(rig.path('slow/script'), 0o755);
  for (const file of ['asked', 'go']) rig.expectFile(file);
  return rig;
}

const environment = (rig: Rig) => ({ env: { PATH: `${rig.path('slow')}:${rig.env.PATH}` } });

test('another health check is taken up by it', async (context) => {
  skipIf(context, lacks('script'));
  await using rig = await slowTerminal();
  await rig.ok(['up', '-d'], environment(rig));
  await eventually('the launch', () => spawnSync('test', ['-e', rig.path('asked')]).status === 0);
  rig.write('msvc.yaml', definition(TYPED.replace('tty', 'healthcheck: { log: up }, tty')));
  await rig.ok(['up', '-d'], environment(rig));
  rig.write('go', '');
  await rig.ok(['up', '-d', '--wait'], environment(rig));
  expect(await rig.ps()).toMatchObject([{ service: 'web', state: 'ready', health: 'healthy' }]);
});

test('the end does not wait for it', async (context) => {
  skipIf(context, lacks('script'));
  await using rig = await slowTerminal();
  await rig.ok(['up', '-d'], environment(rig));
  await eventually('the launch', () => spawnSync('test', ['-e', rig.path('asked')]).status === 0);
  await rig.ok(['down']);
  expect(rig.leftovers()).toEqual([]);
});
