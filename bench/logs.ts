/**
 * A flood of lines, from one service and from twenty, captured to disk: what a line costs the capturer in CPU time,
 * and whether every line is there, whole and in order.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, createReadStream, openSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type Bench, type BenchContext, type Goal } from './harness/bench.ts';
import { LineCheck } from './harness/lines.ts';
import { withMeter } from './harness/meter.ts';
import { interleave, type Measured, pick } from './harness/rounds.ts';
import { median, spread } from './harness/stats.ts';
import { LOGGERS, type Logger, msvcLogger, pm2Plain, type Talkers } from './systems/loggers.ts';
import { msvcCommand } from './systems/msvc.ts';

interface Round {
  readonly cpuUsPerLine: number;
  readonly linesPerSecond: number;
  /** undefined: complete, whole, in order. */
  readonly fault: string | undefined;
}

const LINE_BYTES = 100;

export const logs: Bench = {
  id: 'logs',
  run: async (context) => {
    const { work, quick } = context;
    const total = quick ? 200_000 : 1_000_000;
    const usable = LOGGERS.filter((logger) => logger.missing(work) === undefined);
    const byCount = new Map<number, Map<string, Measured<Round>>>();
    for (const count of [1, 20]) {
      context.note(`logs: ${count} x ${total / count} lines`);
      const subjects = usable.map((logger) => ({
        name: logger.name,
        measure: () => capture(context, logger, count, Math.round((total * logger.share) / count)),
      }));
      byCount.set(count, await interleave(subjects, context.rounds(3, 1), context.note));
    }
    return {
      title: 'Logs',
      about: [
        `${total.toLocaleString('en')} lines of ${LINE_BYTES} bytes, printed as fast as they are taken, captured to files. ` +
          "CPU is of the capturer's own processes, per line, the printing services left out. Slow ones get fewer lines.",
        'pm2 writes neither times nor names unless asked to; with `time: true` it does so for each chunk it reads, within ' +
          'lines too. msvc always writes both, rotates, and keeps standard output and error apart in one file.',
        'What was captured is read back and compared line by line (msvc through `msvc logs --json`).',
      ],
      tables: [...byCount].map(([count, measured]) => ({
        caption: `${count === 1 ? 'One service' : `${count} services`}: median (lowest-highest)`,
        columns: ['', 'CPU, us per line', 'lines per second', 'complete, whole, in order'],
        rows: usable.map(({ name }) => row(name, measured.get(name))),
      })),
      goals: [...byCount].flatMap(([count, measured]) => goals(count, measured)),
      skipped: LOGGERS.flatMap((logger) => {
        const why = logger.missing(work);
        return why === undefined ? [] : [`${logger.name}: ${why}`];
      }),
    };
  },
};

/** @param lines of each of `count` services */
export async function capture(
  { work }: Pick<BenchContext, 'work'>,
  logger: Logger,
  count: number,
  lines: number,
): Promise<Round> {
  const dir = work.folder(`logs/${logger.name.replace(/\W+/g, '-')}-${count}`);
  const talkers: Talkers = { count, lines, dir };
  const plan = logger.plan(work, talkers);
  const go = path.join(dir, 'go');
  execFileSync('mkfifo', [go]);
  try {
    return await withMeter(work, async (meter) => {
      meter.expect(count);
      const env = { ...plan.env, BENCH_GO: go };
      await meter.run(plan.start, { cwd: dir, env });
      await meter.wait('answering');
      if (plan.detached) await meter.wait('exited');
      await pause(500);
      const before = await meter.cpu();
      const gate = openSync(go, 'r+');
      const tookMs = await untilCaptured(logger, talkers);
      const after = await meter.cpu();
      closeSync(gate);
      const live = logger === msvcLogger ? await readThroughMsvc(work.msvc, talkers) : undefined;
      if ('command' in plan.stop) await meter.finish(plan.stop.command, { cwd: dir, env });
      else await meter.key(plan.stop.key);
      await meter.end(5_000);
      return {
        cpuUsPerLine: (after.ownCpuUs - before.ownCpuUs) / (count * lines),
        linesPerSecond: (count * lines * 1000) / tookMs,
        fault: live ? live.fault : await readFiles(logger, talkers),
      };
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Looks at sizes only, ten times a second: what is captured must not compete with who looks. */
async function untilCaptured(logger: Logger, talkers: Talkers): Promise<number> {
  const wanted = talkers.count * talkers.lines * LINE_BYTES;
  const began = performance.now();
  let size = 0;
  let grownAt = began;
  for (;;) {
    await pause(100);
    const now = logger.files(talkers).reduce((sum, file) => sum + statSync(file).size, 0);
    if (now > size) {
      size = now;
      grownAt = performance.now();
    }
    const still = performance.now() - grownAt;
    if ((size >= wanted && still > 250) || still > 5_000) return grownAt - began;
  }
}

async function readFiles(logger: Logger, talkers: Talkers): Promise<string | undefined> {
  const check = new LineCheck();
  for (const file of logger.files(talkers)) {
    for await (const chunk of createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 20 })) check.feed(chunk);
  }
  // Rivals put a line or two of their own among them.
  return check.verdict(talkers.count, talkers.lines, talkers.count * 2);
}

/** Takes the words of `msvc logs --json`: the text must be exactly the line, the service the one that said it. */
async function readThroughMsvc(msvc: string, talkers: Talkers): Promise<{ fault: string | undefined }> {
  const check = new LineCheck();
  const [program, ...args] = msvcCommand({ msvc }, 'logs', '--json');
  const reader = spawn(program!, args, { cwd: talkers.dir, stdio: ['ignore', 'pipe', 'inherit'] });
  let foreign = 0;
  for await (const text of createInterface({ input: reader.stdout })) {
    const said = JSON.parse(text) as { service: string; stream: string; line: string };
    if (said.stream !== 'stdout') continue;
    if (said.line.length !== LINE_BYTES - 1 || !said.line.startsWith(` ${said.service} `, 8)) foreign++;
    check.line(said.line);
  }
  const fault = check.verdict(talkers.count, talkers.lines, 0);
  return { fault: foreign > 0 ? `no: ${foreign} lines changed${fault ? `, ${fault}` : ''}` : fault };
}

function row(name: string, measured: Measured<Round> | undefined): string[] {
  const faults = pickFaults(measured);
  return [
    measured?.failures.length ? `${name} (${measured.failures.length} failed)` : name,
    spread(pick(measured, (round) => round.cpuUsPerLine)),
    spread(pick(measured, (round) => round.linesPerSecond)),
    measured?.rounds.length ? (faults[0] ?? 'yes') : '-',
  ];
}

function pickFaults(measured: Measured<Round> | undefined): string[] {
  return (measured?.rounds ?? []).flatMap((round) => round.fault ?? []);
}

function goals(count: number, measured: Map<string, Measured<Round>>): Goal[] {
  const cost = (name: string): number => median(pick(measured.get(name), (round) => round.cpuUsPerLine));
  const ours = measured.get(msvcLogger.name);
  const faults = pickFaults(ours);
  const from = count === 1 ? 'one service' : `${count} services`;
  return [
    atMost(`From ${from}: no more CPU per line than pm2`, cost(msvcLogger.name), cost(pm2Plain.name), 'us', 2),
    {
      what: `From ${from}: every line, whole, in order`,
      limit: 'no fault',
      measured: ours?.rounds.length ? (faults[0] ?? 'no fault') : 'not measured',
      met: ours?.rounds.length ? faults.length === 0 : undefined,
    },
  ];
}
