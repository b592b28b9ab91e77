/** What keys, the palette and the mouse do in the dashboard that `dashboard.test.ts` does not press. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import type { Terminal } from '../rig/terminal.ts';

const FILES = {
  'msvc.yaml': `
name: shop
services:
  web: { command: [node, "\${PUPPET}"], route: /, calls: [catalog], healthcheck: { http: /healthz } }
  catalog: { command: [node, "\${PUPPET}"], replicas: 2, route: /api/catalog, healthcheck: { http: /healthz } }
  worker: { command: [node, "\${PUPPET}", --worker], port: none }
`,
};

const lacksText = (terminal: Terminal, pattern: RegExp): Promise<string> =>
  terminal.until(`no ${pattern}`, (screen) => !pattern.test(screen));

test('logs are searched, filtered, wrapped and jumped in; one replica is killed; the palette and the mouse work', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig(FILES);
  await rig.up();
  const web = await rig.puppet('web');
  const worker = await rig.puppet('worker');
  const terminal = await rig.terminal({ columns: 90, rows: 24 });
  await terminal.refuseClipboard();
  await terminal.enter('msvc dash');
  await terminal.shows(/● 3 services ready/);

  // Logs of one service, and without one.
  for (let i = 1; i <= 60; i++) await web.tell('say', { line: `line ${i}` });
  await worker.tell('say', { line: `begins ${'x'.repeat(100)} ends here` });
  await terminal.press('2');
  await terminal.shows(/web\.1 +│ line 60[\s\S]*ends here/);
  await terminal.press('w');
  await terminal.shows(/long lines are cut/);
  await lacksText(terminal, /ends here/);
  await terminal.press('w', 't');
  await terminal.shows(/\d\d:\d\d:\d\d\.\d{3} worker\.1[\s\S]*ends here/);
  await terminal.press('t');
  await lacksText(terminal, /\d\d:\d\d:\d\d\.\d{3} worker/);
  await terminal.type(':mute worker\r');
  await lacksText(terminal, /ends here/);
  await terminal.type(':mute worker\r');
  await terminal.shows(/ends here/);
  await terminal.type(':logs worker\r');
  await lacksText(terminal, /line 60/);
  await terminal.type(':logs worker catalog\r');
  await terminal.shows(/worker and catalog {2}\d+ lines?/);
  expect(await terminal.screen()).not.toMatch(/line 60/);
  await terminal.press('1', '2');
  await terminal.shows(/line 60/);

  // Search: the newest match first, then both ways; nothing else is a word for itself.
  await terminal.type('/line [12]7$\r');
  await terminal.shows(/▌web\.1 +│ line 27/);
  // tmux as it comes: it does not take OSC 52 of what runs in it, but what it is given itself.
  await terminal.press('y');
  await terminal.shows(/copied 1 line/);
  expect(await terminal.clipboard()).toBe('line 27\n');
  await terminal.press('N');
  await terminal.shows(/▌web\.1 +│ line 17/);
  await terminal.press('n');
  await terminal.shows(/▌web\.1 +│ line 27/);
  await terminal.press('n');
  await terminal.shows(/! no match below/);
  await terminal.press('Escape');
  await terminal.type('T5m\r');
  await terminal.shows(/paused/);
  await terminal.press('G');
  await terminal.shows(/▼ following/);
  await terminal.type('Tlater\r');
  await terminal.shows(/later is no time/);

  // The wheel scrolls, a click puts the cursor.
  await terminal.mouse('wheel-up', 10, 10);
  await terminal.shows(/paused, \d+ below/);
  await terminal.mouse('click', 10, 8);
  await terminal.shows(/(.*\n){7}▌/);
  await terminal.press('G');

  // Tabs and rows take clicks.
  await terminal.mouse('click', 4, 2);
  await terminal.shows(/SERVICE +STATE/);
  const overview = (await terminal.screen()).split('\n');
  await terminal.mouse('click', 6, overview.findIndex((row) => / catalog /.test(row)) + 1);
  await terminal.press('Enter');
  await terminal.shows(/Overview › catalog/);

  // The palette completes names and values; a wrong word is told.
  await terminal.press('Escape');
  await terminal.type(':sca');
  await terminal.press('Tab');
  await terminal.type('cat');
  await terminal.press('Tab');
  await terminal.shows(/:scale catalog/);
  await terminal.type(' 3\r');
  await terminal.shows(/✓ catalog has 3 replicas/);
  await terminal.type(':restrat\r');
  await terminal.shows(/there is no command restrat; did you mean restart\?/);

  // A key in the service's view is for the replica that is selected.
  await terminal.type(':logs catalog\r');
  await terminal.press('1', 'Enter');
  await terminal.shows(/Overview › catalog[\s\S]*catalog\.3/);
  await terminal.press('j', 'K');
  await terminal.shows(/✓ catalog\.2 was killed and is back: 3 of 3 ready/);
  const restarts = (await rig.ps()).filter((row) => row.service === 'catalog').map((row) => row.replica);
  expect(restarts).toEqual([1, 2, 3]);
  await terminal.press('?');
  await terminal.shows(/THE SELECTED SERVICE/);
  await terminal.press('x', 'q');
  await terminal.untilPrompt();
});
