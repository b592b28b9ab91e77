/** `why` and `events` answer after `down`, and after the engine was killed; secrets are masked in what is kept. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { MsvcEvent } from '../../src/model/event.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const FILES = {
  'msvc.yaml': `
secrets:
  token: { environment: TOKEN }
services:
  web:
    command: [node, "\${PUPPET}"]
    secrets: [token]
`,
};

test('after down, and after kill -9 of the engine', async () => {
  await using rig = await createRig(FILES, { TOKEN: 'hunter2-hunter2' });
  expect((await rig.msvc(['why', 'web'])).code).toBe(6);
  await rig.up();
  const events = rig.events();
  const web = await rig.puppet('web');
  await web.tell('say', { line: 'the token is hunter2-hunter2' });
  await web.tell('exit', { code: 3 });
  const exited = await events.until('instance.exited', { service: 'web' });
  await events.until('instance.ready', { service: 'web' }, exited.seq);
  const engine = await rig.engine();
  await rig.ok(['down']);

  const why = (await rig.ok(['why', 'web'])).stdout;
  expect(why).toContain('The system was stopped at');
  expect(why).toContain('web was ready');
  expect(why).toContain('exited 3');
  const told = (await rig.ok(['events', '--json'])).stdout;
  expect(told).toContain('"engine.stopping"');
  expect(JSON.parse(told.trim().split('\n').at(-1)!)).toMatchObject({ type: 'engine.stopped' });
  expect(told + readFileSync(rig.path('.msvc/events.jsonl'), 'utf8')).not.toContain('hunter2');
  expect((await rig.msvc(['events', '--follow'])).code).toBe(6);
  expect((await rig.msvc(['why', 'wbe'])).stderr).toContain('did you mean');
  expect((await rig.ok(['why', 'web.1'])).stdout).toContain('exited 3');
  const none = await rig.msvc(['why', 'web.9']);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is no web.9')]);

  await rig.up();
  const again = (await rig.engine())?.enginePid as number;
  expect(again).not.toBe(engine?.enginePid);
  await eventually('the second run on disk', () =>
    readFileSync(rig.path('.msvc/events.jsonl'), 'utf8').includes(`"pid":${again},`),
  );
  process.kill(again, 'SIGKILL');
  await eventually('the engine to be gone', async () => (await rig.engine()) === undefined);
  expect((await rig.ok(['why', 'web'])).stdout).toContain('The engine was killed');
  const parse = (text: string): MsvcEvent[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as MsvcEvent);
  const last = parse((await rig.ok(['events', '--json'])).stdout);
  expect(last.filter((event) => event.type === 'engine.started')).toMatchObject([{ pid: again }]);
  const both = parse((await rig.ok(['events', '--json', '--since', '1h'])).stdout);
  expect(both.filter((event) => event.type === 'engine.started')).toHaveLength(2);
  await rig.up();
  const three = parse((await rig.ok(['events', '--json', '--since', '1h'])).stdout);
  expect(three.filter((event) => event.type === 'engine.started')).toHaveLength(3);
  await rig.ok(['down', '-v']);
  expect((await rig.msvc(['why', 'web'])).code).toBe(6);
});
