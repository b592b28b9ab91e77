/** Must-have 15: a crashing service is tried with growing delays, becomes `crash-loop`, and disturbs nobody. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('delays grow, the fifth failure makes a crash loop, the others stay, a restart retries at once', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  fine: { command: [node, "\${PUPPET}"], route: / }
  crashing:
    command: 'test -f repaired && exec node $PUPPET; echo "cannot go on"; exit 9'
    port: auto
    route: /crashing
`,
  });
  await rig.ok(['up', '-d']);
  const events = rig.events();
  const looped = await events.until('instance.backing-off', { crashLoop: true });
  const delays = events.of('instance.backing-off', { service: 'crashing' }).map((event) => event.delayMs);
  expect(delays.length).toBe(5);
  // 200 ms doubling, each with jitter; the cap is 30 s.
  for (const [n, delay] of delays.slice(0, 4).entries()) {
    expect(delay).toBeGreaterThan(200 * 2 ** n * 0.5);
    expect(delay).toBeLessThanOrEqual(200 * 2 ** n * 1.5);
  }
  expect(looped.delayMs).toBeLessThanOrEqual(30_000);
  const exits = events.of('instance.exited', { service: 'crashing' });
  expect(exits[0]).toMatchObject({ exit: { code: 9, signal: null }, expected: false, tail: ['cannot go on'] });

  // Five launches said the same: the story tells it once.
  const story = (await rig.ok(['why', 'crashing'])).stdout;
  expect(story.match(/\| cannot go on$/gm)).toHaveLength(1);
  expect(story.match(/\| the same output as before$/gm)).toHaveLength(4);

  const rows = await rig.ps();
  expect(rows.find((row) => row.service === 'crashing')).toMatchObject({ state: 'crash-loop', exitCode: 9 });
  expect(rows.find((row) => row.service === 'fine')).toMatchObject({ state: 'ready', restarts: 0 });
  const refused = await rig.get('/crashing');
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toMatch(/^\d+$/);
  expect(refused.headers['content-type']).toBe('application/problem+json');
  expect((await rig.get('/')).status).toBe(200);

  rig.write('repaired', '');
  await rig.ok(['restart', 'crashing']);
  expect((await rig.get('/crashing')).status).toBe(200);
});
