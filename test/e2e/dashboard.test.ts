/**
 * The dashboard in a real terminal: one system, looked at from one terminal after the other. Keys are pressed, the
 * window is resized, the screen is read; whichever way it is left, the terminal is as it was.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import type { Terminal } from '../rig/terminal.ts';
import { eventually } from '../rig/wait.ts';

const FILES = {
  'msvc.yaml': `
name: shop
services:
  web: { command: [node, "\${PUPPET}"], route: /, calls: [catalog], healthcheck: { http: /healthz } }
  catalog: { command: [node, "\${PUPPET}"], replicas: 2, route: /api/catalog, healthcheck: { http: /healthz }, database: true, smoke: [{ name: catalog answers, request: /healthz, expect: { status: 200 } }] }
  worker: { command: [node, "\${PUPPET}", --worker], port: none, environment: { TOKEN: "\${TOKEN_VALUE}" } }
secrets:
  token: { environment: TOKEN_VALUE }
smoke:
  - name: the front page answers
    request: /
    expect: { status: 200 }
`,
};

/** Programs that the dashboard hands the terminal or a text to; each writes down what it was given. */
function helpers(rig: Rig): Record<string, string> {
  const program = (name: string, script: string): string => {
    const file = path.join(rig.root, 'home', name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  return {
    PAGER: program('pager', `cp "$1" ${rig.root}/home/paged; echo "the pager has it"; read answer`),
    EDITOR: program('editor', `cp "$1" ${rig.root}/home/edited`),
    BROWSER: program('browser', `echo "$1" > ${rig.root}/home/browsed`),
    SHELL: '/bin/sh',
  };
}

const read = (rig: Rig, name: string): string =>
  existsSync(path.join(rig.root, 'home', name)) ? readFileSync(path.join(rig.root, 'home', name), 'utf8') : '';

async function isClean(terminal: Terminal): Promise<void> {
  await eventually('a clean terminal', async () => (await terminal.modes()) === 'clean');
}

test('up opens it; a replica killed under load is told whole; q asks, and stops in order', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig({ ...FILES }, { TOKEN_VALUE: 'hush-hush' });
  const terminal = await rig.terminal({ columns: 110, rows: 30 });
  await terminal.enter(
    'echo before; stty -g > $XDG_STATE_HOME/before; msvc up; echo "exit $?"; stty -g > $XDG_STATE_HOME/after',
  );
  await terminal.shows(/● 3 services ready/);
  expect(await terminal.modes()).toContain('alternate');
  const load = await rig.load('/api/catalog', { perSecond: 60 });
  await load.more(60);
  await terminal.shows(/catalog .* 2\/2 +\d\d /);
  const victim = await rig.puppet('catalog', 2);
  process.kill(victim.pid, 'SIGKILL');
  // What happened, why, and that nobody was hurt: from the screen alone.
  const told = await terminal.shows(
    /catalog\.2 +killed \(SIGKILL\) from outside, back in [\d.]+ m?s\s+(· )?\d+ requests meanwhile(, \d+ tried again)?, none failed/,
  );
  expect(told).toMatch(/catalog +ready +2\/2/);
  expect((await load.stop()).failed).toEqual([]);

  await terminal.press('q');
  await terminal.shows(/Stop the system\?/);
  await terminal.press('Escape');
  await terminal.until('the question to be gone', (screen) => !screen.includes('Stop the system?'));
  await terminal.press('q', 'y');
  await terminal.shows(/^exit 0$/m);
  await terminal.untilPrompt();
  await isClean(terminal);
  expect(read(rig, 'after')).toBe(read(rig, 'before'));
  const scrollback = (await terminal.screen({ history: 500 })).trim().split('\n');
  expect(scrollback.slice(1, 4)).toEqual([
    'before',
    'msvc   stopping in order; Ctrl-C again kills what is left',
    expect.stringMatching(/^msvc {3}stopped in \d/),
  ]);
  expect(await rig.engine()).toBeUndefined();
});

test('d leaves the system running', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig({ 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"] } }' });
  const terminal = await rig.terminal();
  await terminal.enter('msvc up');
  await terminal.shows(/● 1 service ready/);
  await terminal.press('d');
  await terminal.shows(/the system runs on/);
  await terminal.untilPrompt();
  await isClean(terminal);
  expect((await rig.ps()).map((row) => row.state)).toEqual(['ready']);
});

test('dash: views, actions, logs', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig(FILES, { TOKEN_VALUE: 'hush-hush' });
  Object.assign(rig.env, helpers(rig));
  await rig.up();
  const web = await rig.puppet('web');
  const terminal = await rig.terminal({ columns: 120, rows: 40 });
  // As in a terminal without tmux: what is copied goes by OSC 52 alone.
  await terminal.enter('clear; TMUX= msvc dash; echo "exit $?"');
  await terminal.shows(/● 3 services ready/);

  // Views.
  await terminal.press('j');
  await terminal.press('Enter');
  await terminal.shows(/Overview › catalog[\s\S]*REPLICA[\s\S]*catalog\.2[\s\S]*CALLED BY[\s\S]*DATABASE/);
  await terminal.press('Escape', '3');
  await terminal.shows(/│ client [\s\S]*idle ▶┃ ● catalog[\s\S]*2\/2 ready/);
  await terminal.press('?');
  await terminal.shows(/restart it, without a gap/);
  await terminal.press('x', '1', 'G', 'Enter');
  const given = await terminal.shows(/ENVIRONMENT[\s\S]*TOKEN +environment +\*\*\*/);
  expect(given).not.toContain('hush-hush');
  await terminal.press('1', 'g', 'j');

  // Actions: each says what was seen.
  await terminal.press('r');
  await terminal.shows(/✓ catalog restarted: 2 of 2 ready after/);
  await terminal.press('+');
  await terminal.shows(/✓ catalog has 3 replicas: 3 of 3 ready after/);
  await terminal.type(':scale catalog 1\r');
  await terminal.shows(/✓ catalog has 1 replica: 1 of 1 ready after/);
  await terminal.press('K');
  await terminal.shows(/✓ catalog was killed and is back: 1 of 1 ready after/);
  await terminal.press('x');
  await terminal.shows(/✓ catalog stopped after/);
  await terminal.press('s');
  await terminal.shows(/✓ catalog started: 1 of 1 ready after/);
  await terminal.type('f');
  await terminal.shows(/client->catalog[\s\S]*:fault/);
  await terminal.type('client->catalog 30ms\r');
  await terminal.shows(/fault f1 on client->catalog: 30 ms later; F clears it/);
  await terminal.shows(/! fault f1 on client->catalog: 30 ms later, until cleared +F clear/);
  await terminal.press('F');
  await terminal.shows(/✓ 1 fault cleared/);
  // Its own; and by a word of their names those of the whole file.
  await terminal.press('S');
  await terminal.shows(/✓ 1 smoke check passed in/);
  await terminal.type(':smoke answers\r');
  await terminal.shows(/✓ 2 smoke checks passed in/);
  await terminal.press('m');
  await terminal.shows(/catalog is left out of the logs/);
  await terminal.press('m');
  await terminal.press('b');
  await terminal.shows(/has opened http/);
  expect(read(rig, 'browsed')).toMatch(/^http:\/\/localhost:\d+\/api\/catalog\n$/);
  await terminal.press('!');
  await terminal.shows(/A shell in the folder and environment of catalog/);
  await terminal.enter('echo "I am $MSVC_SERVICE"; exit');
  await terminal.shows(/the shell of catalog has ended/);
  await terminal.press('D');
  // Before its prompt it does not read keys.
  await terminal.shows(/^catalog>/m);
  await terminal.press('C-d');
  await terminal.shows(/1 Overview/);

  // Logs.
  await terminal.press('2');
  for (let i = 0; i < 50; i++) await web.tell('say', { line: `line ${i}` });
  await web.tell('say', { line: '{"level":50,"msg":"card refused","order":41,"customer":"Ada"}' });
  await web.tell('say', { line: '\u001b[31mred\u001b[0m and \u001b[5;5Hstill here' });
  await terminal.shows(/web\.1 +│ ERROR card refused +order=41 customer=Ada\n.*red and still here/);
  await terminal.press('J');
  await terminal.shows(/order +41\n.*customer +Ada/);
  await terminal.press('J');
  await terminal.type('/line 7\r');
  await terminal.shows(/paused[\s\S]*▌web\.1 +│ line 7\b/);
  await terminal.press('y');
  await terminal.shows(/copied 1 line/);
  expect(await terminal.clipboard()).toBe('line 7\n');
  await terminal.press('V', 'j', 'j', 'y');
  await terminal.shows(/copied 3 lines/);
  expect(await terminal.clipboard()).toBe('line 7\nline 8\nline 9\n');
  await terminal.press('Escape', 'G');
  await terminal.shows(/▼ following/);
  await terminal.press('v', 'v', 'v', 'v');
  // A screen that is looked at while it is painted has still lines of the one before.
  const errors = await terminal.shows(/error\+(?![\s\S]*│ line \d)/);
  expect(errors).toMatch(/card refused/);
  await terminal.press('v', 'f');
  await terminal.type('^line 1\\d$\r');
  await terminal.shows(/10 lines/);
  await terminal.press('o');
  await terminal.shows(/the pager has it/);
  expect(read(rig, 'paged').trim().split('\n')).toHaveLength(10);
  expect(read(rig, 'paged')).toMatch(/^\S+Z web\.1 \| line 10\n/);
  await terminal.press('Enter');
  await terminal.shows(/10 lines/);
  // Ctrl-C in a program that has the terminal is for that program.
  await terminal.press('o');
  await terminal.shows(/the pager has it[\s\S]*the pager has it/);
  await terminal.press('C-c');
  await terminal.shows(/10 lines/);
  await terminal.press('e');
  await eventually('the editor', () => read(rig, 'edited').includes('line 19'));
  await terminal.shows(/10 lines/);
  await terminal.press('Escape', 'M');
  await terminal.shows(/the terminal has the mouse/);
  expect(await terminal.modes()).not.toContain('mouse');
  await terminal.press('M');

  // Resizing, down to nothing and back.
  await terminal.resize({ columns: 40, rows: 8 });
  await terminal.shows(/quit/);
  await terminal.resize({ columns: 12, rows: 3 });
  await terminal.shows(/too small/);
  await terminal.resize({ columns: 100, rows: 30 });
  await terminal.shows(/▼ following/);
  expect((await terminal.screen()).split('\n').every((line) => line.length <= 100)).toBe(true);

  await terminal.press('q');
  // An earlier Ctrl-C may stand before it.
  await terminal.shows(/^(\^C)?exit 0$/m);
  await isClean(terminal);
});

test('where there is no terminal, or a dumb one, lines are plain', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig({ 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"] } }' });
  const terminal = await rig.terminal();
  await terminal.enter('TERM=dumb msvc up; echo "exit $?"');
  await terminal.shows(/web.* ready in/);
  expect(await terminal.modes()).toBe('clean');
  await terminal.press('C-c');
  await terminal.shows(/^exit 0$/m);
  const refused = await rig.msvc(['dash']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('the dashboard needs a terminal') });
  expect(execFileSync('tmux', ['-V'], { encoding: 'utf8' })).toMatch(/^tmux/);
});

test('a folder of logs that is none is told, and the rest is shown', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig({ ...FILES }, { TOKEN_VALUE: 'hush-hush' });
  await rig.up();
  rmSync(rig.path('.msvc/logs'), { recursive: true, force: true });
  writeFileSync(rig.path('.msvc/logs'), '');
  const terminal = await rig.terminal();
  await terminal.enter('msvc dash');
  await terminal.shows(/logs cannot be shown: ENOTDIR/);
  await terminal.shows(/● 3 services ready/);
  await terminal.press('q');
  await isClean(terminal);
});
