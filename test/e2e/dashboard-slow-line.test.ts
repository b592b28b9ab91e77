/**
 * The dashboard over a line like a bad SSH connection: 150 ms each way, 15 kB/s, and a window in between that would hold
 * a minute of frames. What is drawn keeps to what arrives; a key is answered behind no queue; the last frame is right.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

const FILES = {
  'msvc.yaml': 'services: { flood: { command: [node, flood.mjs], port: none } }',
  // 20,000 lines a second, each of them new: every row of every frame changes.
  'flood.mjs': `
let n = 0;
const timer = setInterval(() => {
  let text = '';
  for (let i = 0; i < 1000; i++) text += 'line ' + ++n + ' ' + 'x'.repeat(80) + '\\n';
  process.stdout.write(text);
}, 50);
process.on('SIGTERM', () => {
  clearInterval(timer);
  process.stdout.write('the very last line\\n', () => process.exit(0));
});
`,
};
const LINK = path.join(import.meta.dirname, '../rig/slow-link.py');
/** Seconds, bytes a second, bytes. */
const LINE = [0.15, 15_000, 1_000_000];
/** A few whole frames; without a pace it is all that the window holds. */
const MOST_WAITING = 40_000;

interface Stats {
  readonly waiting: number;
  readonly most: number;
  readonly bytes: number;
  readonly frames: number;
}

test('frames keep to what the line carries, keys are not answered one by one behind them, the last frame is right', async (context) => {
  skipIf(context, lacks('tmux') || lacks('python3'));
  await using rig = await createRig(FILES);
  await rig.up();
  const file = path.join(rig.root, 'home/stats');
  const stats = (): Stats => JSON.parse(readFileSync(file, 'utf8'));
  const shown = (bytes: number): Promise<Stats> =>
    eventually(`${bytes} bytes to have come over the line`, () => stats().bytes > bytes && stats());
  const terminal = await rig.terminal({ columns: 120, rows: 40 });
  await terminal.enter(`clear; python3 ${LINK} ${file} ${LINE.join(' ')} msvc dash; echo "exit $?"`);
  await terminal.until('the overview', (screen) => screen.includes('1 Overview'));
  await terminal.press('2');
  await terminal.until('the flood', (screen) => /▼ following/.test(screen) && /flood\.1 .*line \d+ x/.test(screen));

  const { bytes } = stats();
  expect((await shown(bytes + 60_000)).most).toBeLessThan(MOST_WAITING);

  // A key that is held down: an odd number of them, so that the end tells that none was lost.
  const before = stats();
  for (let i = 0; i < 31; i++) await terminal.type('w');
  await terminal.until('the last key', (screen) => screen.includes('long lines are cut'));
  await eventually('nothing to be on its way', () => stats().waiting === 0);
  expect(stats().frames - before.frames).toBeLessThan(31);
  expect(stats().most).toBeLessThan(MOST_WAITING);

  await rig.ok(['stop', 'flood']);
  const screen = await terminal.until('the last frame', (text) => text.includes('the very last line'));
  const rows = screen.split('\n').filter((row) => row.includes('flood.1 │'));
  expect(rows.at(-1)).toContain('the very last line');
  const numbers = rows.slice(0, -1).map((row) => Number(/line (\d+) /.exec(row)?.[1]));
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));

  await terminal.press('q');
  await terminal.until('the shell', (text) => /^exit 0$/m.test(text));
  await terminal.enter('echo "as it"" was"');
  const after = await terminal.until('a command', (text) => text.includes('as it was'));
  // Answers that come over the line when nobody waits for them would be typed here.
  expect(after).not.toContain('0n');
  expect(await terminal.modes()).toBe('clean');
});
