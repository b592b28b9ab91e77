/** Must-have 11: a saved file that breaks the service changes nothing for its callers, and `ps` says `failing`. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const PROGRAM = (version: string): string => `
require('node:http').createServer((_, res) => res.end('${version}')).listen(process.env.PORT, '127.0.0.1');
`;

test('a syntax error, then the repair', async () => {
  await using rig = await createRig({
    'app/server.cjs': PROGRAM('one'),
    'msvc.yaml': `
services:
  web:
    command: node server.cjs
    working_dir: app
    route: /
    develop: { watch: [{ path: app, action: restart }] }
`,
  });
  await rig.up();
  const events = rig.events();
  const before = (await rig.ps())[0]?.pid;
  const load = await rig.load('/', { perSecond: 100 });

  rig.write('app/server.cjs', 'this is not a program');
  const failed = await events.until('rollout.failed', { service: 'web' });
  expect(failed.serving).toBe(true);
  const ended = (await rig.ok(['events'])).stdout;
  expect(ended).toMatch(/web\.1 .*stopped.*the new version did not come up/);
  expect(ended).not.toContain('a new version has taken over');
  const rows = await rig.ps();
  expect(rows.find((row) => row.state === 'ready')).toMatchObject({ serviceState: 'failing', pid: before });
  const text = (await rig.ok(['ps'])).stdout;
  expect(text).toContain('failing (serving previous)');
  expect((await rig.ok(['why', 'web'])).stdout).toContain('SyntaxError');
  expect((await rig.get('/')).body).toBe('one');

  rig.write('app/server.cjs', PROGRAM('two'));
  await events.until('rollout.finished', { service: 'web' }, failed.seq);
  expect((await rig.get('/')).body).toBe('two');
  expect((await load.stop()).failed).toEqual([]);
});
