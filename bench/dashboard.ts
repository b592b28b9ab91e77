/**
 * The dashboard in a terminal of 120 x 40 over sixty services: what it costs when nothing happens and when 20,000 lines
 * a second come, how soon a key is answered meanwhile, and how much memory it has after millions of lines. mprocs is
 * given the same programs.
 */
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { atMost, type Bench, type BenchContext } from './harness/bench.ts';
import { median } from './harness/stats.ts';
import { mprocsBinary } from './systems/mprocs.ts';
import { msvcCommand, msvcMissing } from './systems/msvc.ts';

interface Pressed {
  readonly cpuPercent: number;
  readonly bytesPerSecond: number;
  readonly memoryMb: number;
  readonly memoryAtEndMb: number;
  readonly keysMs: readonly number[];
  readonly unanswered: number;
}

const SERVICES = 60;
const LINES_PER_SECOND = 20_400;
const SIZE = { columns: 120, rows: 40 };
const run = promisify(execFile);

export const dashboard: Bench = {
  id: 'dashboard',
  run: async (context) => {
    const { work, quick } = context;
    const idle = await measured(context, 'idle', 0, { idleMs: 10_000, rounds: 0 });
    context.note(`dashboard: ${SERVICES} services, ${LINES_PER_SECOND} lines/s`);
    const flood = await measured(context, 'flood', LINES_PER_SECOND, { idleMs: 10_000, rounds: quick ? 60 : 300 });
    const lines = quick ? 1_000_000 : 10_000_000;
    context.note(`dashboard: ${lines} lines`);
    const perSecond = 150_000;
    const long = await measured(context, 'long', perSecond, { idleMs: (lines / perSecond) * 1000, rounds: 0 });
    const rival = existsSync(mprocsBinary(work)) ? await mprocs(context) : undefined;
    const keys = [...flood.keysMs].sort((a, b) => a - b);
    const p99 =
      flood.unanswered > 0 ? Number.POSITIVE_INFINITY : (keys[Math.ceil(keys.length * 0.99) - 1] ?? Number.NaN);
    const row = (name: string, one: Pressed): string[] => [
      name,
      one.cpuPercent.toFixed(1),
      (one.bytesPerSecond / 1024).toFixed(1),
      one.memoryMb.toFixed(0),
    ];
    return {
      title: 'Dashboard',
      about: [
        `A pseudo-terminal of ${SIZE.columns} x ${SIZE.rows} reads all that is drawn; ${SERVICES} services write lines of 100 bytes. ` +
          "CPU is of the dashboard's own process (of mprocs: of the one process, which also captures).",
        `A key is answered when the text that only it can bring has been read: ${keys.length} keys at random moments, in the log view, while ${LINES_PER_SECOND.toLocaleString('en')} lines/s arrive.`,
      ],
      tables: [
        {
          caption: `${SERVICES} services`,
          columns: ['', 'CPU, % of one core', 'drawn, KiB/s', 'memory, MB'],
          rows: [
            row('msvc dash, nothing is written', idle),
            row(`msvc dash, ${LINES_PER_SECOND.toLocaleString('en')} lines/s`, flood),
            ...(rival ? [row(`mprocs, ${LINES_PER_SECOND.toLocaleString('en')} lines/s`, rival)] : []),
            row(`msvc dash, after ${lines.toLocaleString('en')} lines`, long),
          ],
        },
        {
          caption: 'Until a key is answered, ms',
          columns: ['', 'median', 'p99', 'worst'],
          rows: [['msvc dash', median(keys).toFixed(0), p99.toFixed(0), (keys.at(-1) ?? Number.NaN).toFixed(0)]],
        },
      ],
      goals: [
        atMost('a key is answered (p99) under 20,000 lines/s', p99, 50, 'ms'),
        atMost('CPU when nothing happens', idle.cpuPercent, 10, '%'),
        atMost('CPU at 20,000 lines/s', flood.cpuPercent, 35, '%'),
        atMost(`memory after ${lines.toLocaleString('en')} lines`, long.memoryAtEndMb, 200, 'MB', 0),
      ],
      skipped: rival ? [] : ['mprocs: no binary for this machine'],
    };
  },
};

interface Presses {
  readonly idleMs: number;
  readonly rounds: number;
}

async function measured(
  { work }: BenchContext,
  name: string,
  linesPerSecond: number,
  { idleMs, rounds }: Presses,
): Promise<Pressed> {
  const missing = msvcMissing(work);
  if (missing !== undefined) throw new Error(missing);
  const dir = work.folder(`dashboard/${name}`);
  const each = Math.round(linesPerSecond / SERVICES);
  const services = Array.from({ length: SERVICES }, (_, i) => [
    `service-${String(i).padStart(2, '0')}`,
    { command: [work.programs.drip], port: 'none', environment: { DRIP: String(each) } },
  ]);
  writeFileSync(
    path.join(dir, 'msvc.yaml'),
    JSON.stringify({ name: `dash-${name}`, services: Object.fromEntries(services) }),
  );
  const env = { ...process.env, XDG_RUNTIME_DIR: work.folder('dashboard/run') };
  const msvc = async (...args: string[]): Promise<unknown> => {
    const [program = '', ...rest] = msvcCommand(work, ...args);
    return run(program, rest, { cwd: dir, env });
  };
  await msvc('up', '-d', '--wait');
  try {
    return await press(
      work.fixture('press.py'),
      msvcCommand(work, 'dash'),
      { cwd: dir, env },
      {
        ready: `${SERVICES} services ready`,
        setup: ['2'],
        presses: [
          ['w', 'long lines are cut'],
          ['w', 'long lines are wrapped'],
        ],
        quit: ['q'],
        idleMs,
        rounds,
      },
    );
  } finally {
    await msvc('down', '-v');
  }
}

async function mprocs({ work }: BenchContext): Promise<Pressed> {
  const dir = work.folder('dashboard/mprocs');
  const each = Math.round(LINES_PER_SECOND / SERVICES);
  const procs = Array.from({ length: SERVICES }, (_, i) => [
    `service-${String(i).padStart(2, '0')}`,
    { cmd: [work.programs.drip], env: { DRIP: String(each) } },
  ]);
  const config = path.join(dir, 'mprocs.json');
  writeFileSync(config, JSON.stringify({ procs: Object.fromEntries(procs) }));
  return press(
    work.fixture('press.py'),
    [mprocsBinary(work), '-c', config],
    { cwd: dir, env: process.env },
    {
      ready: 'service-00',
      presses: [],
      quit: ['q'],
      idleMs: 10_000,
      rounds: 0,
    },
  );
}

async function press(
  script: string,
  command: readonly string[],
  where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  options: Readonly<Record<string, unknown>>,
): Promise<Pressed> {
  const args = [script, JSON.stringify({ ...SIZE, ...options }), ...command];
  const { stdout } = await run('python3', args, { ...where, maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as Pressed;
}
