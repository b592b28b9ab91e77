/**
 * A program that ignores its PORT is told to be given `port: N`. Whoever wrote that while it ran was refused: the port
 * was taken, by that very program, and nothing said so.
 */

import { expect, test } from 'vitest';
import { freePort } from '../rig/free-port.ts';
import { createRig } from '../rig/msvc-rig.ts';

test('the advice is given, why tells it, and whoever follows it is told what is in the way', async () => {
  const port = await freePort();
  await using rig = await createRig({
    'stubborn.mjs': `import http from 'node:http'; http.createServer((_, res) => res.end('here')).listen(${port});`,
    'msvc.yaml': 'services:\n  web:\n    command: [node, stubborn.mjs]\n    route: /\n',
  });
  await rig.ok(['up', '-d']);
  await rig.events().until('engine.noticed', { code: 'listens-elsewhere' });
  const why = await rig.ok(['why', 'web']);
  expect(why.stdout).toMatch(/launched as process \d+/);
  expect(why.stdout).toContain(`write \`port: ${port}\` or read $PORT`);

  rig.write('msvc.yaml', rig.read('msvc.yaml').replace('    route', `    port: ${port}\n    route`));
  const refused = await rig.msvc(['up', '-d', '--wait']);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('that is what web runs now: `msvc stop web`, then `msvc up` again');
  await rig.ok(['stop', 'web']);
  await rig.ok(['up', '-d', '--wait']);
  expect((await rig.get('/')).body).toBe('here');
});
