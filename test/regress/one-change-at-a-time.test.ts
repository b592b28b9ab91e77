/**
 * What changes which parts of a system there are happens one after the other: an `up` that is under way when the system
 * is taken down, and a `run` that needs the container part while an `up` loads it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Client } from '../../src/control/client.ts';
import { ENGINE_ENVIRONMENT, IMAGE, lacksEngine, NOTHING, newProject, whatIsThere } from '../rig/containers.ts';
import { HeldEngine } from '../rig/held-engine.ts';
import { filesBelow } from '../rig/leftovers.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { skipIf } from '../rig/skip.ts';

const BOX = `{ image: "${IMAGE}", command: [sleep, "600"], init: true, port: none }`;

async function heldEngine(): Promise<HeldEngine> {
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-held-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return HeldEngine.listen(path.join(dir, 'docker.sock'));
}

test('down during an up: what the up had yet to start is not started, and what it made is taken away', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('turn');
  const web = 'web: { command: [node, "${PUPPET}"], port: auto }';
  await using held = await heldEngine();
  await using rig = await createRig(
    { 'msvc.yaml': `name: ${name}\nservices:\n  ${web}\n` },
    { DOCKER_HOST: held.host },
  );
  await rig.up();
  const events = rig.events();
  rig.write(
    'msvc.yaml',
    `name: ${name}\nservices:\n  ${web}\n  late: { command: [node, "\${PUPPET}"], port: auto }\n  box: ${BOX}\n`,
  );
  const up = rig.start(['up', '-d', '--wait']);
  await held.askedFor();
  const down = rig.start(['down']);
  await events.until('service.stopped', { service: 'web' });
  held.open();
  expect((await down.exited).code).toBe(0);
  expect(await up.exited).toMatchObject({ code: 1, stderr: expect.stringContaining('MSVC_STOPPING') });
  expect(rig.launches('late')).toEqual([]);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('run during an up: the container part is loaded once', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('turn');
  await using held = await heldEngine();
  await using rig = await createRig(
    {
      'msvc.yaml': `name: ${name}\nservices:\n  web: { command: [node, "\${PUPPET}"], port: auto }\n  box: ${BOX}\n`,
    },
    { DOCKER_HOST: held.host },
  );
  await rig.up('web');
  const up = rig.start(['up', '-d', '--wait', 'box']);
  await held.askedFor();
  const socket = filesBelow(rig.runtimeDir).find((file) => file.endsWith('.sock'))!;
  const client = await Client.connect(path.join(rig.runtimeDir, socket));
  onTestFinished(() => client.close());
  const asked = client.stream('one-off', {
    ...{ service: 'box', command: ['true'], entrypoint: null, environment: {}, tty: false },
  });
  const made = asked.next();
  // Answered after the one before it has been begun.
  await client.request('view', {});
  held.open();
  expect((await made).value).toMatchObject({ container: expect.any(String) });
  expect((await up.exited).code).toBe(0);
  expect(held.greetings).toBe(1);
  client.close();
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('run: the image that the instances run, whatever its folder has become and the definition says beside it', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('turn');
  const yaml = (graceSeconds: number) => `
name: ${name}
services:
  box: { build: ., command: [sleep, "600"], init: true, port: none, stop_grace_period: ${graceSeconds}s }
`;
  await using rig = await createRig(
    { 'msvc.yaml': yaml(1), Dockerfile: `FROM ${IMAGE}\nCOPY version /version\n`, version: 'one\n' },
    ENGINE_ENVIRONMENT,
  );
  await rig.up();
  rig.write('version', 'two\n');
  rig.write('msvc.yaml', yaml(2));
  await rig.up();
  expect((await rig.ok(['exec', 'box', 'cat', '/version'])).stdout).toBe('one\n');
  expect((await rig.ok(['run', 'box', 'cat', '/version'])).stdout).toBe('one\n');
  await rig.ok(['stop', 'box']);
  // Nothing runs: as its folder is now.
  expect((await rig.ok(['run', 'box', 'cat', '/version'])).stdout).toBe('two\n');
  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});
