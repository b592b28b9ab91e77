/** `develop.watch` of containers as Compose means it: `sync`, `sync+restart`, `rebuild`. */
import { expect, test } from 'vitest';
import { ENGINE_ENVIRONMENT, IMAGE, lacksEngine, NOTHING, newProject, whatIsThere } from '../rig/containers.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { skipIf } from '../rig/skip.ts';

const SERVER = 'CMD ["sh", "-c", "cat /conf/word > /www/read; exec httpd -f -p 8080 -h /www"]\n';

test('sync copies, sync+restart restarts with the same files, rebuild makes a new image', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('watch');
  await using rig = await createRig(
    {
      'msvc.yaml': `
name: ${name}
services:
  web:
    build: .
    init: true
    port: 8080
    replicas: 2
    route: /
    healthcheck: { http: /page }
    develop:
      watch:
        - { path: www, action: sync, target: /www, ignore: ["*.tmp"] }
        - { path: conf, action: sync+restart, target: /conf }
        - { path: Dockerfile, action: rebuild }
`,
      Dockerfile: `FROM ${IMAGE}\nCOPY www /www\nCOPY conf /conf\n${SERVER}`,
      'www/page': 'one\n',
      'conf/word': 'quiet\n',
    },
    ENGINE_ENVIRONMENT,
  );
  await rig.up();
  const events = rig.events();
  const both = async (path: string): Promise<string[]> =>
    Promise.all(
      ['web.1', 'web.2'].map(async (replica) => (await rig.msvc(['exec', replica, 'cat', path])).stdout.trim()),
    );
  expect([await both('/www/page'), await both('/www/read')]).toEqual([
    ['one', 'one'],
    ['quiet', 'quiet'],
  ]);

  rig.write('www/page', 'two\n');
  const copied = await events.until('files.synced', { service: 'web' });
  expect(copied).toMatchObject({ count: 1, containers: 2 });
  expect(await both('/www/page')).toEqual(['two', 'two']);
  expect((await rig.get('/page')).body).toBe('two\n');

  rig.write('conf/word', 'loud\n');
  await events.until('rollout.finished', { service: 'web' }, copied.seq);
  // Both are new, read the new file at their start, and have what was copied before.
  expect([await both('/www/read'), await both('/www/page')]).toEqual([
    ['loud', 'loud'],
    ['two', 'two'],
  ]);

  const before = events.all.at(-1)!.seq;
  rig.write('Dockerfile', `FROM ${IMAGE}\nCOPY www /www\nCOPY conf /conf\nRUN echo built > /www/built\n${SERVER}`);
  await events.until('image.built', { service: 'web' }, before);
  await events.until('rollout.finished', { service: 'web' }, before);
  expect([await both('/www/built'), await both('/www/page')]).toEqual([
    ['built', 'built'],
    ['two', 'two'],
  ]);
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});
