/**
 * `npm run record`: makes the terminal pictures of the README by running the real program on a copy of the demo, in
 * a terminal, and keeping every screen it shows.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Terminal } from '../test/rig/terminal.ts';
import { type Frame, svg } from './record/svg.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const SIZE = { columns: 100, rows: 30 };
/** Wide enough for the map in boxes. */
const DASHBOARD_SIZE = { columns: 120, rows: 32 };
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
const dashboard: Frame[] = [];
try {
  for (const scene of SCENES) {
    await terminal.enter('clear');
    await terminal.until('a clean screen', (screen) => screen.trim() === '$');
    await play(scene);
  }
  await playDashboard();
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
writeFileSync(
  path.join(root, 'docs/media/dashboard.svg'),
  svg(
    dashboard,
    DASHBOARD_SIZE,
    'the dashboard: a replica is killed under load and comes back, its service, a fault on the map, logs',
  ),
);
console.log(`wrote docs/media/demo.svg: ${frames.length} screens, dashboard.svg: ${dashboard.length}`);

/** What somebody does who looks at the shop while customers come, and what shows that it was done. */
async function playDashboard(): Promise<void> {
  await terminal.resize(DASHBOARD_SIZE);
  await terminal.enter('clear; npx msvc up');
  const first = await terminal.until('the shop', (screen) => screen.includes('4 services ready'));
  const base = /http:\/\/localhost:\d+/.exec(first)?.[0] ?? '';
  const over = new AbortController();
  const customers = Array.from({ length: 6 }, (_, n) => customer(base, n, over.signal));
  try {
    await dashboardScreen([], /catalog .* 2\/2 +\d\d/, READING_MS.settled);
    await dashboardScreen(['j', 'K'], /catalog\.\d +killed .*back in [\s\S]*none failed/, READING_MS.last);
    await dashboardScreen(['Enter'], /REPLICA[\s\S]*CALLED BY/, READING_MS.settled * 2);
    await dashboardScreen(['3'], /│ client /, READING_MS.settled);
    await terminal.type(':fault orders->catalog 300ms');
    await dashboardScreen(['Enter', '3'], /! orders → catalog +fault: 300 ms later/, READING_MS.settled * 2);
    await dashboardScreen(['F', '2'], /▼ following/, READING_MS.settled * 2);
    await dashboardScreen(['1'], /WHAT HAPPENED/, READING_MS.last);
  } finally {
    over.abort();
    await Promise.all(customers);
  }
  await terminal.press('q', 'y');
  await terminal.untilPrompt();
}

async function dashboardScreen(keys: readonly string[], shows: RegExp, forMs: number): Promise<void> {
  for (const key of keys) await terminal.press(key);
  await terminal.until(String(shows), (screen) => shows.test(screen));
  // A moment, so that figures of the new view are there too.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  dashboard.push({ screen: await terminal.screen({ colours: true }), forMs });
}

async function customer(base: string, n: number, over: AbortSignal): Promise<void> {
  const paths = ['/', '/api/catalog/products', '/api/orders'];
  for (let i = n; !over.aborted; i++) {
    await fetch(base + paths[i % paths.length], { signal: over }).then(
      (answer) => answer.text(),
      () => '',
    );
    await new Promise((resolve) => setTimeout(resolve, 80));
  }
}

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
