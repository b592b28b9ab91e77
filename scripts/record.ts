/**
 * `npm run record`: makes the terminal pictures of the README by running the real program on a copy of the demo, in
 * a terminal of 100 x 30, and keeping every screen it shows.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Terminal } from '../test/rig/terminal.ts';
import { type Frame, svg } from './record/svg.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const SIZE = { columns: 100, rows: 30 };
/** How long a screen that stands still is shown: long enough to read, whatever it took. */
const READING_MS = { between: 120, settled: 1_800, last: 5_000 };

const SCENES = [
  'npx msvc up -d --wait',
  'npx msvc ps',
  'npx msvc kill catalog && npx msvc ps',
  'npx msvc wait catalog --for healthy && npx msvc why catalog',
  'npx msvc down',
];

const work = mkdtempSync('/tmp/record-');
const project = path.join(work, 'shop');
for (const folder of ['shop', 'run', 'bin']) mkdirSync(path.join(work, folder), { mode: 0o700 });
for (const file of execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')) {
  const wanted = file === 'msvc.yaml' || file.startsWith('examples/shop/');
  if (!wanted || !statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile()) continue;
  mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
  cpSync(path.join(root, file), path.join(project, file));
}
// As after `npm ci`.
symlinkSync(path.join(root, 'node_modules'), path.join(project, 'node_modules'));
const npx = path.join(work, 'bin/npx');
writeFileSync(npx, `#!/bin/sh\nshift\nexec node ${path.join(root, 'bin/msvc.js')} "$@"\n`);
chmodSync(npx, 0o755);

const { HOME = '/', LANG = 'C.UTF-8' } = process.env;
const env = {
  HOME,
  LANG,
  PATH: `${path.join(work, 'bin')}:${process.env.PATH}`,
  XDG_RUNTIME_DIR: path.join(work, 'run'),
};
const terminal = await Terminal.open(path.join(work, 'tty'), { cwd: project, env }, SIZE);
const frames: Frame[] = [];
try {
  for (const scene of SCENES) {
    await terminal.enter('clear');
    await terminal.until('a clean screen', (screen) => screen.trim() === '$');
    await play(scene);
  }
} finally {
  execFileSync(npx, ['msvc', 'down'], { cwd: project, env, stdio: 'ignore' });
  await terminal.close();
  rmSync(work, { recursive: true, force: true });
}
const last = frames.at(-1);
if (last) frames[frames.length - 1] = { ...last, forMs: READING_MS.last };
mkdirSync(path.join(root, 'docs/media'), { recursive: true });
const file = path.join(root, 'docs/media/demo.svg');
writeFileSync(file, svg(frames, SIZE, 'msvc runs the demo: up, ps, kill a replica, why, down'));
console.log(`wrote docs/media/demo.svg: ${frames.length} screens`);

/** Types a command and keeps every different screen until the prompt is back. */
async function play(command: string): Promise<void> {
  await terminal.type(command);
  keep(await terminal.screen({ colours: true }), READING_MS.settled / 2);
  await terminal.press('Enter');
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    const plain = await terminal.screen();
    keep(await terminal.screen({ colours: true }), READING_MS.between);
    const rows = plain.trimEnd().split('\n');
    if (rows.length > 1 && rows.at(-1)?.trim() === '$') break;
  }
  keep(await terminal.screen({ colours: true }), READING_MS.settled, true);
}

function keep(screen: string, forMs: number, settled = false): void {
  const before = frames.at(-1);
  if (before?.screen === screen) {
    if (settled) frames[frames.length - 1] = { screen, forMs };
    return;
  }
  frames.push({ screen, forMs });
}
