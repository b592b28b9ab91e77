/**
 * Whichever way the dashboard ends, the terminal is as it was before: read from the bytes it sent, from the terminal's
 * own modes, and from `stty`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import type { Terminal } from '../rig/terminal.ts';
import { eventually } from '../rig/wait.ts';

const FILES = { 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"] } }' };
/** Of DECSET, in a terminal at rest: the cursor shows, lines wrap, everything else is off. */
const AT_REST = new Map([
  ['25', 'h'],
  ['7', 'h'],
]);

class Session {
  readonly terminal: Terminal;
  readonly #rig: Rig;
  readonly #bytes: string;

  private constructor(rig: Rig, terminal: Terminal) {
    this.#rig = rig;
    this.terminal = terminal;
    this.#bytes = path.join(rig.root, 'home/bytes');
  }

  static async open(rig: Rig): Promise<Session> {
    const session = new Session(rig, await rig.terminal());
    await session.terminal.record(session.#bytes);
    await session.terminal.enter('stty -g > $XDG_STATE_HOME/before');
    return session;
  }

  /** @returns its pid */
  async dash(env = ''): Promise<number> {
    await this.terminal.enter(`clear; ${env} msvc dash; echo "exit $?"`);
    await this.terminal.shows(/● 1 service ready/);
    return eventually(
      'its process',
      () => this.#rig.processes().find((one) => / dash$/.test(one.command) && one.command.includes('node'))?.pid,
    );
  }

  async isAsBefore(): Promise<void> {
    const { terminal } = this;
    await eventually('a clean terminal', async () => (await terminal.modes()) === 'clean');
    expect(modesLeft(readFileSync(this.#bytes, 'latin1'))).toEqual([]);
    await terminal.enter(
      'clear; stty -g > $XDG_STATE_HOME/after; cmp $XDG_STATE_HOME/before $XDG_STATE_HOME/after && echo as before',
    );
    await terminal.shows(/^as before$/m);
  }
}

/** Modes that are not as at rest after all these bytes, such as `1049h`. */
function modesLeft(bytes: string): string[] {
  const last = new Map<string, string>();
  for (const [, modes = '', how = ''] of bytes.matchAll(/\x1b\[\?([0-9;]+)([hl])/g)) {
    for (const mode of modes.split(';')) last.set(mode, how);
  }
  // It must have been seen at all.
  expect([...last.keys()]).toEqual(expect.arrayContaining(['1049', '25', '7', '1000', '1006', '2004', '2026']));
  return [...last].flatMap(([mode, how]) => (how === (AT_REST.get(mode) ?? 'l') ? [] : [mode + how]));
}

test('q, Ctrl-C, Ctrl-Z and fg, SIGTERM, an error of its own', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig(FILES);
  await rig.up();
  const session = await Session.open(rig);
  const { terminal } = session;
  await session.dash();
  await terminal.press('q');
  await terminal.shows(/^exit 0$/m);
  await session.isAsBefore();

  await session.dash();
  await terminal.press('C-z');
  await terminal.untilPrompt();
  await session.isAsBefore();
  await terminal.enter('clear; fg; echo "exit $?"');
  await terminal.shows(/1 Overview/);
  expect(await terminal.modes()).toContain('alternate');
  await terminal.press('C-c');
  await terminal.shows(/^exit 0$/m);
  await session.isAsBefore();

  process.kill(await session.dash(), 'SIGTERM');
  await terminal.shows(/^exit 0$/m);
  await session.isAsBefore();

  const crash = path.join(rig.root, 'home', 'crash.mjs');
  writeFileSync(crash, "process.on('SIGUSR2', () => { throw new Error('boom'); });\n");
  process.kill(await session.dash(`NODE_OPTIONS='--import ${crash}'`), 'SIGUSR2');
  // The error is read on the screen as it was before.
  await terminal.shows(/boom[\s\S]*^exit 70$/m);
  await session.isAsBefore();
});

test('a Ctrl-C that ended the pager is not for the dashboard, though it comes after the end of it', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig(FILES);
  await rig.up();
  const session = await Session.open(rig);
  const { terminal } = session;
  // Here the order is certain: the pager gets its own, and the other one is sent when the dashboard is back.
  const pid = await session.dash(`PAGER='echo the pager has it; read answer; kill -INT $$;:'`);
  await terminal.press('2', 'o');
  await terminal.shows(/^the pager has it/m);
  await terminal.press('Enter');
  await terminal.shows(/2 Logs/);
  process.kill(pid, 'SIGINT');
  await terminal.press('1', '?');
  await terminal.shows(/restart it, without a gap/);
  process.kill(pid, 'SIGINT');
  await terminal.shows(/^exit 0$/m);
  await session.isAsBefore();
});

test('the system is stopped, its engine is killed, the terminal is closed', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig(FILES);
  await rig.up();
  const session = await Session.open(rig);
  const { terminal } = session;
  await session.dash();
  await rig.ok(['down']);
  await terminal.shows(/the system was stopped[\s\S]*^exit 0$/m);
  await session.isAsBefore();

  await rig.up();
  await session.dash();
  process.kill((await rig.engineUp()).enginePid, 'SIGKILL');
  await terminal.shows(/✗ the engine went away; q leaves/);
  expect(await terminal.modes()).toContain('alternate');
  await terminal.press('q');
  await terminal.shows(/MSVC_ENGINE_LOST[\s\S]*^exit [1-9]/m);
  await session.isAsBefore();

  await rig.up();
  const pid = await session.dash();
  await terminal.close();
  await eventually('the dashboard to end with its terminal', () => rig.processes().every((one) => one.pid !== pid));
  expect((await rig.ps()).map((row) => row.state)).toEqual(['ready']);
});
