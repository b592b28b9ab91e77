/**
 * Reading logs back: what a follower costs while a flood is captured, how long the end of five gigabytes takes to open,
 * and searching all of it, beside grep on the same files.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type Bench, type BenchContext } from './harness/bench.ts';
import { type Meter, withMeter } from './harness/meter.ts';
import { cpuUs } from './harness/proc.ts';
import { interleave, pick, type Subject } from './harness/rounds.ts';
import { median, spread } from './harness/stats.ts';
import { capture } from './logs.ts';
import { pm2Plain } from './systems/loggers.ts';
import { msvcCommand } from './systems/msvc.ts';

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** A line. */
interface Followed {
  readonly capturerUs: number;
  readonly followerUs: number;
}

const LINE_BYTES = 100;
const FOLLOWED = 'msvc logs -f';
const NOT_FOLLOWED = 'pm2, without a follower';

export const logReading: Bench = {
  id: 'log-reading',
  run: async (context) => {
    const { work, quick } = context;
    const bytes = quick ? 200_000_000 : 5_200_000_000;
    const lines = quick ? 200_000 : 1_000_000;
    const lacking = pm2Plain.missing(work);
    const subjects: Subject<Followed>[] = [{ name: FOLLOWED, measure: () => follow(context, lines) }];
    if (lacking === undefined) {
      const measure = async (): Promise<Followed> => {
        const { cpuUsPerLine } = await capture(context, pm2Plain, 1, lines);
        return { capturerUs: cpuUsPerLine, followerUs: 0 };
      };
      subjects.push({ name: NOT_FOLLOWED, measure });
    }
    const followed = await interleave(subjects, context.rounds(3, 1), context.note);
    const together = (name: string): number[] =>
      pick(followed.get(name), ({ capturerUs, followerUs }) => capturerUs + followerUs);
    const { dir, since, files } = await fill(context, Math.round(bytes / LINE_BYTES));
    // The last line of the flood, by digits, which every line is full of; and a word of another service.
    const needle = `${String(Math.round(bytes / LINE_BYTES) - 1).padStart(8, '0')} flood`;
    const commands: readonly (readonly [string, readonly string[]])[] = [
      ['msvc --version', msvcCommand(work, '--version')],
      ['msvc logs -n 100', msvcCommand(work, 'logs', '-n', '100')],
      ['msvc logs --since (100 lines ago)', msvcCommand(work, 'logs', '--since', since)],
      ['msvc logs --grep, a word', msvcCommand(work, 'logs', '--grep', 'late')],
      ['grep, a word', ['grep', '-h', 'late', ...files]],
      ['msvc logs --grep, digits', msvcCommand(work, 'logs', '--grep', needle)],
      ['grep, digits', ['grep', '-h', needle, ...files]],
    ];
    const measured = await withMeter(work, async (meter) => {
      const subjects: Subject<Cost>[] = commands.map(([name, argv]) => ({
        name,
        measure: async () => {
          const { tookUs, cpuUs } = await meter.finish(argv, { cwd: dir });
          return { wallMs: tookUs / 1000, cpuMs: cpuUs / 1000 };
        },
      }));
      const results = await interleave(subjects, context.rounds(5, 2), context.note);
      await meter.end(1_000);
      return results;
    });
    rmSync(dir, { recursive: true, force: true });
    const of = (name: string, what: keyof Cost): number[] => pick(measured.get(name), (round) => round[what]);
    return {
      title: 'Reading logs',
      about: [
        `${(bytes / 1e9).toFixed(1)} GB of lines of ${LINE_BYTES} bytes in rotated files, which the machine has in its memory; the ` +
          'wanted line is the last. `--since` names a moment after which another service wrote 100 lines.',
        'A follower: `msvc logs -f` with its output thrown away, while one service writes as fast as it is read. pm2 ' +
          'captures the same lines in turns with it, without a follower.',
      ],
      tables: [
        {
          caption: 'Reading, ms: median (lowest-highest)',
          columns: ['', 'wall', 'CPU'],
          rows: commands.map(([name]) => [name, spread(of(name, 'wallMs')), spread(of(name, 'cpuMs'))]),
        },
        {
          caption: 'Following, us of CPU per line: median (lowest-highest)',
          columns: ['', 'capturer', 'follower', 'together'],
          rows: subjects.map(({ name }) => [
            name,
            spread(pick(followed.get(name), ({ capturerUs }) => capturerUs)),
            name === FOLLOWED ? spread(pick(followed.get(name), ({ followerUs }) => followerUs)) : '-',
            spread(together(name)),
          ]),
        },
      ],
      goals: [
        atMost('The last 100 lines', median(of('msvc logs -n 100', 'wallMs')), 150, 'ms'),
        atMost('Lines since a moment', median(of('msvc logs --since (100 lines ago)', 'wallMs')), 150, 'ms'),
        atMost(
          'With a follower: at most twice what pm2 takes without one',
          median(together(FOLLOWED)),
          2 * median(together(NOT_FOLLOWED)),
          'us',
          2,
        ),
      ],
      skipped: lacking === undefined ? [] : [`pm2: ${lacking}`],
    };
  },
};

/** A project whose service `flood` prints so many lines, and `late` a hundred. */
function project(work: BenchContext['work'], name: string, lines: number): string {
  const dir = work.folder(`reading/${name}`);
  const say = (service: string, count: number) => ({
    command: [work.programs.say, service, String(count)],
    port: 'none',
    logging: { options: { 'max-size': '1g', 'max-file': 8 } },
  });
  const services = { flood: say('flood', lines), late: { ...say('late', 100), profiles: ['late'] } };
  writeFileSync(path.join(dir, 'msvc.yaml'), JSON.stringify({ name: 'readers', gateway: { port: 'auto' }, services }));
  return dir;
}

async function up(meter: Meter, work: BenchContext['work'], dir: string, ...services: readonly string[]) {
  await meter.finish(msvcCommand(work, 'up', '-d', '--wait', ...services), { cwd: dir });
}

async function fill({ work, note }: BenchContext, lines: number) {
  note(`log-reading: ${lines} lines`);
  const dir = project(work, 'big', lines);
  const files = (): string[] => logFiles(dir, 'flood');
  return withMeter(work, async (meter) => {
    await up(meter, work, dir, 'flood');
    await untilWritten(dir, lines);
    const since = new Date().toISOString();
    await up(meter, work, dir, 'late');
    await pause(1_000);
    await meter.finish(msvcCommand(work, 'down'), { cwd: dir });
    await meter.end(3_000);
    return { dir, since, files: [...files(), ...logFiles(dir, 'late')] };
  });
}

async function follow({ work }: BenchContext, lines: number): Promise<Followed> {
  const dir = project(work, 'followed', lines);
  const go = path.join(dir, 'go');
  execFileSync('mkfifo', [go]);
  try {
    return await withMeter(work, async (meter) => {
      meter.expect(1);
      await meter.finish(msvcCommand(work, 'up', '-d', '--wait'), { cwd: dir, env: { BENCH_GO: go } });
      await meter.wait('answering');
      const [program, ...args] = msvcCommand(work, 'logs', '-f', '-n', '0');
      const follower = spawn(program!, args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
      await pause(1_000);
      const before = { engine: (await meter.cpu()).ownCpuUs, follower: cpuUs(follower.pid!) };
      const gate = openSync(go, 'r+');
      await untilWritten(dir, lines);
      let last = -1;
      // It reads on until it has caught up.
      for (let now = cpuUs(follower.pid!); now !== last; now = cpuUs(follower.pid!)) {
        last = now;
        await pause(500);
      }
      const after = (await meter.cpu()).ownCpuUs;
      closeSync(gate);
      follower.kill();
      await meter.finish(msvcCommand(work, 'down'), { cwd: dir });
      await meter.end(3_000);
      return { capturerUs: (after - before.engine) / lines, followerUs: (last - before.follower) / lines };
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** All of it, and nothing more for a second: what is kept of a line is longer than the line. */
async function untilWritten(dir: string, lines: number): Promise<void> {
  const size = (): number => logFiles(dir, 'flood').reduce((sum, file) => sum + statSync(file).size, 0);
  for (let last = -1, now = size(); now < lines * LINE_BYTES || now !== last; last = now, now = size())
    await pause(1_000);
}

function logFiles(dir: string, service: string): string[] {
  const folder = path.join(dir, '.msvc/logs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes(service))
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}
