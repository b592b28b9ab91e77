/** Images that are built: what goes in, what a failure says, who else runs on, and that nothing waits for ever. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENGINE_ENVIRONMENT, IMAGE, lacksEngine, NOTHING, newProject, whatIsThere } from '../rig/containers.ts';
import { EngineProxy } from '../rig/engine-proxy.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { skipIf } from '../rig/skip.ts';

test('a build: arguments, target, what .dockerignore takes out and back, and a Dockerfile for BuildKit', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('build');
  await using rig = await createRig(
    {
      'msvc.yaml': `
name: ${name}
services:
  classic:
    build: { context: ., target: chosen, args: { WORD: given } }
    command: [sleep, "600"]
    init: true
    port: none
  modern:
    build: { context: ., dockerfile: Dockerfile.modern }
    command: [sleep, "600"]
    init: true
    port: none
`,
      Dockerfile: `FROM ${IMAGE} AS chosen\nARG WORD=none\nCOPY . /src\nRUN echo $WORD > /word\nFROM ${IMAGE}\nRUN false\n`,
      'Dockerfile.modern': `FROM ${IMAGE}\nRUN --mount=type=cache,target=/cache echo kept > /cache/file && cp /cache/file /word\n`,
      '.dockerignore': 'secret\n*.log\n!kept.log\ndeps\n!deps/kept\n',
      'deps/kept': '3\n',
      'deps/other': '4\n',
      secret: 'not for the image\n',
      'a.log': '1\n',
      'kept.log': '2\n',
    },
    ENGINE_ENVIRONMENT,
  );
  await rig.up();
  const inside = async (service: string, ...argv: string[]): Promise<string> =>
    (await rig.ok(['exec', service, ...argv])).stdout.trim();
  expect(await inside('classic', 'cat', '/word')).toBe('given');
  const sent = (await inside('classic', 'ls', '/src')).split('\n');
  expect(sent).toContain('kept.log');
  expect(sent.filter((file) => ['secret', 'a.log'].includes(file))).toEqual([]);
  expect(await inside('classic', 'ls', '/src/deps')).toBe('kept');
  expect(await inside('modern', 'cat', '/word')).toBe('kept');
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('a build that fails: its output with the verdict, exit 1, and the others run on', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('build');
  await using rig = await createRig(
    {
      'msvc.yaml': `
name: ${name}
services:
  web: { build: ., port: none }
  idle: { image: "${IMAGE}", command: [sleep, "600"], init: true, port: none }
`,
      Dockerfile: `FROM ${IMAGE}\nRUN echo a reason; false\n`,
    },
    ENGINE_ENVIRONMENT,
  );
  const failed = await rig.msvc(['up', '-d', '--wait']);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('a reason');
  expect(failed.stderr).toMatch(/the other services go on \(.*\): `msvc down` stops them/);
  await rig.ok(['wait', 'idle']);
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('a build that the engine does not answer is given up when the system goes down', async (context) => {
  skipIf(context, await lacksEngine());
  await using proxy = await EngineProxy.open();
  let asked = (): void => {};
  const building = new Promise<void>((resolve) => {
    asked = resolve;
  });
  proxy.intercept = ({ path }) => {
    if (path !== '/build') return undefined;
    asked();
    return new Promise(() => {});
  };
  const name = newProject('build');
  await using rig = await createRig(
    { 'msvc.yaml': `name: ${name}\nservices: { web: { build: ., port: none } }\n`, Dockerfile: `FROM ${IMAGE}\n` },
    { DOCKER_HOST: proxy.host },
  );
  await rig.ok(['up', '-d']);
  await building;
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('a context that changes while it is read fails the build, it does not hang', async (context) => {
  skipIf(context, await lacksEngine());
  // Files there have size 0 and a content: what a file is that grows while it is read.
  const changing = '/proc/sys/kernel/random';
  skipIf(context, existsSync(changing) ? false : `there is no ${changing} here`);
  const name = newProject('build');
  await using rig = await createRig({}, ENGINE_ENVIRONMENT);
  rig.write('Dockerfile', `FROM ${IMAGE}\n`);
  rig.write(
    'msvc.yaml',
    `name: ${name}\nservices: { web: { build: { context: ${changing}, dockerfile: ${rig.path('Dockerfile')} } } }\n`,
  );
  const failed = await rig.msvc(['up', '-d', '--wait']);
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('a file changed while it was read')]);
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});
