/**
 * From the command to all services answering, and from Ctrl-C to everything gone and the terminal back, for 3, 20 and
 * 100 services that cost as good as nothing, so that what is measured is the tool.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type Bench, type BenchContext, type Goal } from './harness/bench.ts';
import { type Meter, withMeter } from './harness/meter.ts';
import { freeStretch } from './harness/ports.ts';
import { interleave, type Measured, pick } from './harness/rounds.ts';
import { figure, median, spread } from './harness/stats.ts';
import { bareSpawn } from './systems/bare-spawn.ts';
import { concurrently } from './systems/concurrently.ts';
import { NOT_DRIVEN, SYSTEMS } from './systems/index.ts';
import { msvcAttached, msvcDetached } from './systems/msvc.ts';
import { pm2 } from './systems/pm2.ts';
import type { Fleet, Plan, System } from './systems/system.ts';

interface Round {
  readonly answeringMs: number;
  /** Of a command that returns: until it did. msvc's returns when everything is healthy. */
  readonly returnedMs: number | undefined;
  /** Until up (answering, or returned), all processes together, the services' own included. */
  readonly upCpuMs: number;
  readonly stopMs: number;
  readonly totalCpuMs: number;
}

const SIZES = [3, 20, 100];

export const startup: Bench = {
  id: 'startup',
  run: async (context) => {
    const { work } = context;
    const usable = SYSTEMS.filter((system) => system.missing(work) === undefined);
    const bySize = new Map<number, Map<string, Measured<Round>>>();
    for (const count of SIZES) {
      context.note(`startup: ${count} services`);
      const subjects = usable.map((system) => ({
        name: system.name,
        measure: () => measure(context, system, count),
      }));
      bySize.set(count, await interleave(subjects, context.rounds(9, count < 100 ? 2 : 1), context.note));
    }
    const result = (system: System, count: number): Measured<Round> | undefined => bySize.get(count)?.get(system.name);
    return {
      title: 'Start and stop',
      about: [
        'N static C services that answer at once. *Answering*: the last of them has answered an HTTP request. ' +
          '*Returned*: the command came back; that of msvc does when every service is healthy by its HTTP probe and ' +
          'has its row in the registry, its route, its edge and its log. No rival probes anything. *Stop*: from ' +
          'Ctrl-C (`q` in mprocs, `pm2 kill`, `msvc down`) to every process gone and the terminal back.',
        'CPU is of all processes together, the services included, from the start to *up* (answering or returned).',
      ],
      tables: [
        ...SIZES.map((count) => ({
          caption: `${count} services, ms: median (lowest-highest)`,
          columns: ['', 'answering', 'returned', 'stop', 'CPU until up', 'CPU in all'],
          rows: usable.map((system) => row(system, result(system, count))),
        })),
        {
          caption: 'Each added service from 20 to 100, ms',
          columns: ['', 'wall', 'CPU'],
          rows: usable.map((system) => [
            system.name,
            figure(perAdded(result, system, upMs)),
            figure(perAdded(result, system, (round) => round.upCpuMs)),
          ]),
        },
      ],
      goals: goals(result),
      skipped: [
        ...SYSTEMS.flatMap((system) => {
          const why = system.missing(work);
          return why === undefined ? [] : [`${system.name}: ${why}`];
        }),
        ...NOT_DRIVEN,
      ],
    };
  },
};

async function measure(context: BenchContext, system: System, count: number): Promise<Round> {
  const { work } = context;
  const fleet: Fleet = {
    count,
    dir: work.folder(`startup/${system.name.replace(/\W+/g, '-')}-${count}`),
    program: work.programs.answer,
    firstPort: freeStretch(count),
  };
  const plan = system.plan(work, fleet);
  return withMeter(work, async (meter) => {
    meter.expect(count);
    const started = await meter.run(plan.start, plan);
    const answering = await meter.wait('answering');
    const returned = plan.detached ? await meter.wait('exited') : undefined;
    if (returned && returned.code !== 0) throw new Error(`${system.name} came back with code ${returned.code}`);
    const up = returned ? await meter.cpu() : answering;
    // A person looks at it before they stop it; what was put off until after the start is over by then.
    await pause(300);
    const stopMs = await stop(meter, plan);
    const end = await meter.end(3_000);
    if (end.left.length > 0) throw new Error(`left behind: ${end.left.map((p) => `${p.name} (${p.pid})`).join(', ')}`);
    return {
      answeringMs: (answering.atUs - started.atUs) / 1000,
      returnedMs: returned && returned.tookUs / 1000,
      upCpuMs: up.cpuUs / 1000,
      stopMs,
      totalCpuMs: end.cpuUs / 1000,
    };
  });
}

async function stop(meter: Meter, plan: Plan): Promise<number> {
  const asked = 'key' in plan.stop ? await meter.key(plan.stop.key) : await meter.run(plan.stop.command, { ...plan });
  const exited = await meter.wait('exited');
  const gone = await meter.wait('gone');
  return (Math.max(exited.atUs, gone.atUs) - asked.atUs) / 1000;
}

function row(system: System, measured: Measured<Round> | undefined): string[] {
  const returned = pick(measured, (round) => round.returnedMs);
  return [
    measured?.failures.length ? `${system.name} (${measured.failures.length} failed)` : system.name,
    spread(pick(measured, (round) => round.answeringMs)),
    returned.length > 0 ? spread(returned) : '-',
    spread(pick(measured, (round) => round.stopMs)),
    spread(pick(measured, (round) => round.upCpuMs)),
    spread(pick(measured, (round) => round.totalCpuMs)),
  ];
}

type Results = (system: System, count: number) => Measured<Round> | undefined;

/** What a system promises when it comes back: healthy for msvc, answering for those that know no more. */
function upMs(round: Round): number {
  return round.returnedMs ?? round.answeringMs;
}

function perAdded(result: Results, system: System, of: (round: Round) => number): number {
  return (median(pick(result(system, 100), of)) - median(pick(result(system, 20), of))) / 80;
}

function goals(result: Results): Goal[] {
  const of = (system: System, count: number, figureOf: (round: Round) => number | undefined): number =>
    median(pick(result(system, count), figureOf));
  const answering = (round: Round): number => round.answeringMs;
  const stopped = (round: Round): number => round.stopMs;
  return [
    ...SIZES.flatMap((count) => [
      atMost(
        `${count} services healthy: no slower than concurrently spawns them`,
        of(msvcDetached, count, upMs),
        of(concurrently, count, answering),
        'ms',
      ),
      atMost(
        `${count} services healthy: at most half of pm2`,
        of(msvcDetached, count, upMs),
        of(pm2, count, answering) / 2,
        'ms',
      ),
    ]),
    atMost(
      '3 services, Ctrl-C: no slower than concurrently',
      of(msvcAttached, 3, stopped),
      of(concurrently, 3, stopped),
      'ms',
    ),
    atMost(
      '100 services, Ctrl-C: at most a third of concurrently',
      of(msvcAttached, 100, stopped),
      of(concurrently, 100, stopped) / 3,
      'ms',
    ),
    atMost(
      'An added service, wall: at most 1.5x bare spawn',
      perAdded(result, msvcDetached, upMs),
      perAdded(result, bareSpawn, answering) * 1.5,
      'ms',
      2,
    ),
    atMost(
      'An added service, CPU: at most 1.5x bare spawn',
      perAdded(result, msvcDetached, (round) => round.upCpuMs),
      perAdded(result, bareSpawn, (round) => round.upCpuMs) * 1.5,
      'ms',
      2,
    ),
  ];
}
