/** A misspelt type, state or time found nothing, or something else, with exit code 0; `ps web` of one that was stopped said that nothing ran. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('a type of event, a state, a time of day that is none; a stopped service beside one that runs', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: sleep 1000 }
  api: { command: sleep 1000 }
`,
  });
  await rig.up();
  const refused: [string[], string][] = [
    [['events', '--type', 'instance.exitted'], 'did you mean `instance.exited`?'],
    [['events', '--type', 'bogus'], 'docs/reference/events.md'],
    [['ps', '--status', 'raedy'], 'did you mean `ready`?'],
    [['ps', '--status', 'ready', 'bogus'], 'there are pending, '],
    [['logs', '--since', '25:99'], '"25:99" is none'],
  ];
  for (const [args, told] of refused) {
    const { code, stderr } = await rig.msvc(args);
    expect([args, code]).toEqual([args, 2]);
    expect(stderr).toContain(told);
  }
  expect((await rig.ok(['ps', '--status', 'ready', '-q'])).stdout.trim().split('\n')).toHaveLength(2);
  expect((await rig.ok(['ps', '--status', 'degraded'])).stderr).toBe('');
  expect((await rig.ok(['events', '--type', 'instance.ready', '--json'])).stdout.trim().split('\n')).toHaveLength(2);

  await rig.ok(['stop', 'web']);
  const ps = await rig.ok(['ps', 'web']);
  expect(ps.stderr).toBe('web does not run now; `msvc ps -a web` shows how it was.\n');
});
