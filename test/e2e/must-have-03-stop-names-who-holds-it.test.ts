/** Must-have 3: while a stop takes long, the terminal says who holds it and for how long; a second Ctrl-C ends it now. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';

test('Ctrl-C, then Ctrl-C again', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig({
    'msvc.yaml': `
services:
  mule:
    command: [node, "\${PUPPET}", --ignore-term]
    port: auto
    stop_grace_period: 100s
`,
  });
  const terminal = await rig.terminal({ columns: 200, rows: 30 });
  await terminal.enter('msvc up; echo "exit $?"');
  const mule = await rig.puppet('mule');
  await mule.notice('listening');
  await terminal.until('ready', (screen) => /mule.*ready/.test(screen));
  await terminal.press('C-c');
  const holding = await terminal.until('who holds it', (screen) => screen.includes(`process ${mule.pid}`));
  expect(holding).toMatch(/mule.*killed in 1 m \d+ s/);
  await terminal.press('C-c');
  await terminal.until('the end', (screen) => /^exit 130$/m.test(screen));
  await mule.gone;
  expect(rig.processes().filter((one) => !one.command.startsWith('sh'))).toEqual([]);
});

test('`down` says it too', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  mule:
    command: [node, "\${PUPPET}", --ignore-term]
    port: auto
    stop_grace_period: 100s
`,
  });
  await rig.up();
  const mule = await rig.puppet('mule');
  const down = rig.start(['down']);
  await down.until(new RegExp(`mule.*process ${mule.pid} .*killed in`));
  down.signal('SIGINT');
  await mule.gone;
  await down.exited;
  expect(rig.processes()).toEqual([]);
});

test('a closed terminal stops the system', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig({ 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }' });
  const terminal = await rig.terminal();
  await terminal.enter('msvc up');
  const web = await rig.puppet('web');
  await web.notice('listening');
  await terminal.until('ready', (screen) => /web.*ready/.test(screen));
  await terminal.close();
  expect((await web.notice('signal')).signal).toBe('SIGTERM');
  await web.gone;
});
