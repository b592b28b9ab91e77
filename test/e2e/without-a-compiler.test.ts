/** Where no C compiler was, launches are Node's own: everything is as elsewhere. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('a system starts, comes back from a kill, logs and stops; doctor tells what is missing', async () => {
  const files = {
    'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}"], route: /, replicas: 2 }
  worker: { command: "echo out; echo err >&2; exec sleep 600" }
  job: { command: "exit 0", restart: no }
`,
  };
  await using rig = await createRig(files, { MSVC_LAUNCH: 'node' });
  await rig.up();
  const events = rig.events();
  expect((await events.until('instance.exited', { service: 'job' })).exit).toMatchObject({ code: 0, signal: null });
  const [first] = (await rig.ps()).filter(({ service }) => service === 'web');
  process.kill(first!.pid!, 'SIGKILL');
  const exited = await events.until('instance.exited', { service: 'web' });
  expect(exited.exit).toMatchObject({ code: null, signal: 'SIGKILL' });
  await events.until('instance.ready', { service: 'web' }, exited.seq);
  expect((await rig.get('/')).status).toBe(200);
  const lines = (await rig.ok(['logs', 'worker', '--json'])).stdout;
  expect(lines).toContain('"stream":"stdout","line":"out"');
  expect(lines).toContain('"stream":"stderr","line":"err"');

  if (process.platform === 'linux') expect((await rig.msvc(['doctor'])).stdout).toMatch(/launches\s.*by fork/);
});
