/** What a container's limits do is told as the reason of its end: by `up --wait`, `ps`, `why` and the events. */
import { expect, test } from 'vitest';
import {
  ENGINE_ENVIRONMENT,
  IMAGE,
  lacksEngine,
  lacksMemoryLimit,
  NOTHING,
  newProject,
  whatIsThere,
} from '../rig/containers.ts';
import { EngineProxy } from '../rig/engine-proxy.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { skipIf } from '../rig/skip.ts';

const REASON = 'killed by its memory limit (16m)';

async function expectReason(name: string, script: string, environment: Readonly<Record<string, string>>) {
  await using rig = await createRig(
    {
      'msvc.yaml': `
name: ${name}
services:
  hog:
    image: "${IMAGE}"
    command: [sh, -c, '${script}']
    port: none
    restart: "no"
    deploy: { resources: { limits: { memory: 16m } } }
`,
    },
    { ...environment },
  );
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect([up.code, up.stderr]).toEqual([1, expect.stringContaining(`failed: ${REASON}`)]);
  expect((await rig.ok(['ps'])).stdout).toContain(REASON);
  expect((await rig.ok(['why', 'hog'])).stdout).toContain(REASON);
  const exited = await rig.events().until('instance.exited', { service: 'hog' });
  expect(exited.exit).toEqual({ code: null, signal: 'SIGKILL', outOfMemory: { limitBytes: 16 * 1024 * 1024 } });
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
}

test('a container that takes more memory than it may have', async (context) => {
  skipIf(context, await lacksEngine());
  skipIf(context, await lacksMemoryLimit());
  await expectReason(newProject('limits'), 'x=x; while :; do x=$$x$$x; done', ENGINE_ENVIRONMENT);
});

test('the same where the engine says so of one that ended otherwise: a recorded answer', async (context) => {
  skipIf(context, await lacksEngine());
  await using proxy = await EngineProxy.open();
  proxy.edits = ({ method, path }) => method === 'GET' && /^\/containers\/[0-9a-f]{64}\/json$/.test(path);
  proxy.edit = (_asked, answer) => {
    const inspected = answer as { State: { Running: boolean; OOMKilled: boolean } };
    inspected.State.OOMKilled = !inspected.State.Running;
    return inspected;
  };
  await expectReason(newProject('limits'), 'exit 137', { DOCKER_HOST: proxy.host });
});
