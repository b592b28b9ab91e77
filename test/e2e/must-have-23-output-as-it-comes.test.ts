/** Must-have 23: a Python service's first print is there at once; colours on a terminal, none elsewhere. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';

const PYTHON = `
import os, signal
print("first words")
print("\\x1b[32mgreen words\\x1b[0m" if os.environ.get("FORCE_COLOR") else "plain words")
signal.pause()
`;

const FILES = {
  'talk.py': PYTHON,
  'msvc.yaml': 'services: { talk: { command: python3 talk.py, port: none } }',
};

test('unbuffered without a flag: the print is there while the program runs on', async (context) => {
  skipIf(context, lacks('python3'));
  await using rig = await createRig(FILES);
  const up = rig.start(['up']);
  await up.until('first words');
  expect(up.output).not.toContain('\x1b[');
  await up.until('plain words');
  up.signal('SIGINT');
  expect((await up.exited).code).toBe(0);
});

test('colours on a terminal, stripped by NO_COLOR, --no-color and a pipe', async (context) => {
  skipIf(context, lacks('python3', 'tmux'));
  await using rig = await createRig(FILES);
  const terminal = await rig.terminal();
  await terminal.enter('msvc up');
  await terminal.until('green words', (screen) => screen.includes('green words'));
  expect(await terminal.screen({ colours: true })).toMatch(/\x1b\[[\d;]*32m[^\n]*green words/);
  const piped = (await rig.ok(['logs'])).stdout;
  expect(piped).toContain('green words');
  expect(piped).not.toContain('\x1b');
  await terminal.press('C-c');
  await terminal.untilPrompt();
  for (const command of ['NO_COLOR=1 msvc up --no-tui', 'msvc up --no-tui --no-color']) {
    await terminal.enter(`clear; ${command}`);
    await terminal.until('plain words', (screen) => screen.includes('plain words'));
    expect(await terminal.screen({ colours: true })).not.toMatch(/\x1b\[[\d;]*m/);
    await terminal.press('C-c');
    await terminal.untilPrompt();
  }
});
