/** A container that does not take a changed file is told of, and is no end of the engine. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ENGINE_ENVIRONMENT, IMAGE, lacksEngine, NOTHING, newProject, whatIsThere } from '../rig/containers.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

test('a file for a container whose files cannot be written', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('refused');
  await using rig = await createRig(
    {
      'msvc.yaml': `
name: ${name}
services:
  box:
    image: "${IMAGE}"
    command: [sleep, "600"]
    init: true
    port: none
    read_only: true
    develop: { watch: [{ path: src, action: sync, target: /app }] }
  open:
    image: "${IMAGE}"
    command: [sleep, "600"]
    init: true
    port: none
    develop: { watch: [{ path: src, action: sync, target: /app }] }
`,
      'src/a.txt': 'one\n',
    },
    ENGINE_ENVIRONMENT,
  );
  await rig.up();
  const events = rig.events();
  rig.write('src/a.txt', 'two\n');
  const notice = await events.until('engine.noticed', { code: 'sync-failed' });
  expect(notice).toMatchObject({ service: 'box', facts: { files: [rig.path('src/a.txt')] } });
  expect(String(notice.facts.message)).toMatch(/read-only/);
  expect((await rig.ok(['events', 'box'])).stdout).toContain('could not be copied into its containers');
  await events.until('files.synced', { service: 'open' });
  expect((await rig.ok(['exec', 'open', 'cat', '/app/a.txt'])).stdout).toBe('two\n');

  // One that grows while it is read: copied as it was at some time, or told; and the last state comes.
  const big = Buffer.alloc(1024 * 1024, 120);
  const fd = openSync(rig.path('src/b.bin'), 'w');
  rig.expectFile('src/b.bin');
  for (let i = 0; i < 64; i++) {
    writeSync(fd, big);
    await setImmediate();
  }
  closeSync(fd);
  rig.write('src/c.txt', 'last\n');
  await eventually('the last state', async () => {
    const { stdout } = await rig.msvc(['exec', 'open', 'sh', '-c', 'busybox wc -c < /app/b.bin; cat /app/c.txt']);
    return /^ *67108864\s+last/.test(stdout);
  });
  expect(await rig.ps()).toMatchObject([
    { service: 'box', state: 'ready' },
    { service: 'open', state: 'ready' },
  ]);
  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});
