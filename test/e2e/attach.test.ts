/** Services that people type into: a REPL in a terminal of its own, attached to from a shell and from the dashboard. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

const FILES = {
  'msvc.yaml': `
services:
  repl: { command: [node, --interactive], tty: true, stdin_open: true, port: none, replicas: 2, environment: { NODE_REPL_HISTORY: "" } }
  lines: { command: 'while read -r line; do echo "got $$line"; done', stdin_open: true, port: none }
  plain: { command: [sleep, "1000"], port: none }
`,
};

test('a REPL is attached to, used, left, found again, and ended', async (context) => {
  skipIf(context, lacks('tmux') || lacks('script'));
  await using rig = await createRig(FILES);
  await rig.up();
  const terminal = await rig.terminal({ columns: 90, rows: 24 });
  const attach = (words: string): Promise<void> => terminal.enter(`clear; msvc attach ${words}; echo "exit $?"`);
  await terminal.enter('stty -g > $XDG_STATE_HOME/before');

  await attach('repl.2');
  // The prompt that waited is there at once.
  await terminal.shows(/attached to repl\.2; ctrl-p ctrl-q detaches\n>/);
  await terminal.enter('answer = 6 * 7; process.stdout.columns');
  await terminal.shows(/^90$/m);
  await terminal.resize({ columns: 70, rows: 20 });
  await eventually('its size to follow', async () => {
    await terminal.enter('process.stdout.columns');
    return /^70$/m.test(await terminal.screen());
  });
  // Ctrl-C is the program's.
  await terminal.enter('console.log("round" + "abouts"); for (;;) {}');
  await terminal.shows(/^roundabouts$/m);
  await terminal.press('C-c');
  await terminal.shows(/interrupted by `SIGINT`/);
  await terminal.press('C-p', 'C-q');
  await terminal.shows(/detached from repl\.2, which runs on\nexit 0/);
  await terminal.enter(
    'stty -g > $XDG_STATE_HOME/after; cmp $XDG_STATE_HOME/before $XDG_STATE_HOME/after && echo as before',
  );
  await terminal.shows(/^as before$/m);

  // It ran on; other keys; and its end is told with its code.
  await attach('--detach-keys ctrl-] repl.2');
  await terminal.shows(/ctrl-\] detaches/);
  await terminal.enter('answer');
  await terminal.shows(/^42$/m);
  await terminal.press('C-]');
  await terminal.shows(/detached[\s\S]*exit 0/);
  await attach('repl.2');
  await terminal.shows(/attached to repl\.2/);
  await terminal.enter('process.exit(7)');
  await terminal.shows(/repl\.2 exited 7\nexit 7/);

  // From the dashboard, and back to it.
  await terminal.enter('clear; msvc dash');
  await terminal.shows(/1 Overview/);
  await terminal.press('a');
  await terminal.shows(/Attached to repl\.1/);
  expect(await terminal.modes()).not.toContain('alternate');
  await terminal.enter('"a" + "b"');
  await terminal.shows(/'ab'/);
  await terminal.press('C-c');
  // What stands before the keys in one go is not lost.
  await terminal.type("last = 'words'\r\x10\x11");
  await terminal.shows(/1 Overview[\s\S]*detached from repl\.1, which runs on/);
  expect(await terminal.modes()).toContain('alternate');
  await terminal.shows(/repl\.1 .* 'words'/);
  // The end of the input of one that reads lines is not the end of the keyboard.
  await terminal.type(':attach lines\r');
  await terminal.shows(/Attached to lines\.1/);
  await terminal.enter('typed');
  await terminal.shows(/got typed/);
  await terminal.press('C-d');
  await terminal.shows(/1 Overview[\s\S]*detached from lines\.1, which runs on/);
  await terminal.type(':attach plain\r');
  await terminal.shows(/plain has no input; `stdin_open: true` gives it one/);
  await terminal.press('q');
  await terminal.untilPrompt();
  expect((await rig.ok(['logs', 'repl', '--no-log-prefix'])).stdout).toMatch(/'ab'/);
});

test('who only listens gets the terminal back as it was', async (context) => {
  skipIf(context, lacks('tmux') || lacks('script'));
  await using rig = await createRig({
    'msvc.yaml': `
services:
  full: { command: 'printf "\\033[?1049h\\033[?25l"; while sleep 0.1; do printf "%s" full; done', tty: true, stdin_open: true, port: none }
`,
  });
  await rig.up();
  const terminal = await rig.terminal({ columns: 60, rows: 10 });
  await terminal.enter('msvc attach --no-stdin full; echo "exit $?"');
  await terminal.shows(/fullfull/);
  await terminal.press('C-c');
  await terminal.shows(/^exit 0$/m);
  expect(await terminal.modes()).toBe('clean');
});

test('without a terminal lines go through a pipe, from a script too', async () => {
  await using rig = await createRig(FILES);
  await rig.up('lines', 'plain');
  const piped = rig.start(['attach', 'lines']);
  piped.stdin.write('one\ntwo\n');
  await piped.until('got two');
  expect(piped.output).toBe('got one\ngot two\n');
  const other = rig.start(['attach', '--no-stdin', 'lines']);
  await eventually('both to hear it', () => {
    piped.stdin.write('three\n');
    return other.output.includes('got three');
  });
  await piped.until('got three');
  await rig.ok(['stop', 'lines']);
  expect((await piped.exited).code).toBe(143);
  await other.exited;
  const refused = await rig.msvc(['attach', 'plain']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('hint: write `stdin_open: true`') });
  expect((await rig.msvc(['attach', 'lines'])).stderr).toContain('lines does not run');
});
