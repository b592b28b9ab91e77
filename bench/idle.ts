/** What 100 services that nobody talks to cost in CPU and memory of the tool alone: its own processes, not theirs. */
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type Bench, type BenchContext } from './harness/bench.ts';
import { withMeter } from './harness/meter.ts';
import { freeStretch } from './harness/ports.ts';
import { megabytes, processName, tree } from './harness/proc.ts';
import { interleave, pick } from './harness/rounds.ts';
import { figure, median, spread } from './harness/stats.ts';
import { bareSpawn } from './systems/bare-spawn.ts';
import { concurrently } from './systems/concurrently.ts';
import { msvcDetached } from './systems/msvc.ts';
import { pm2 } from './systems/pm2.ts';
import type { System } from './systems/system.ts';

interface Round {
  readonly cpuPercent: number;
  readonly pss: number;
  readonly rss: number;
  /** `node 56.1, sh 0.3` */
  readonly processes: string;
}

const SERVICES = 100;

export const idle: Bench = {
  id: 'idle',
  run: async (context) => {
    const { work, quick } = context;
    const windowMs = quick ? 6_000 : 30_000;
    const systems = quick ? [bareSpawn, pm2, msvcDetached] : [bareSpawn, concurrently, pm2, msvcDetached];
    const usable = systems.filter((system) => system.missing(work) === undefined);
    const measured = await interleave(
      usable.map((system) => ({ name: system.name, measure: () => measure(context, system, windowMs) })),
      context.rounds(1, 1),
      context.note,
    );
    const ours = measured.get(msvcDetached.name);
    return {
      title: 'Idle',
      about: [
        `${SERVICES} services that answer, left alone; over ${windowMs / 1000} s, after ${quick ? 3 : 10} s to settle. ` +
          "CPU and memory are of the tool's own processes, without the services. PSS counts pages shared with others in " +
          'parts, so it is lower while other Node programs run (the harness is one); RSS counts them in full. ' +
          'msvc probes every service over HTTP every 5 s meanwhile; nobody else does.',
      ],
      tables: [
        {
          caption: `${SERVICES} services`,
          columns: ['', 'CPU, % of a core', 'PSS, MB', 'RSS, MB', 'its processes, MB of PSS'],
          rows: usable.map((system) => {
            const rounds = measured.get(system.name);
            return [
              system.name,
              spread(pick(rounds, (round) => round.cpuPercent)),
              spread(pick(rounds, (round) => round.pss)),
              spread(pick(rounds, (round) => round.rss)),
              rounds?.rounds[0]?.processes ?? '-',
            ];
          }),
        },
      ],
      goals: [
        atMost('CPU: under 1 % of a core', median(pick(ours, (round) => round.cpuPercent)), 1, '%', 2),
        atMost('Memory: under 120 MB', median(pick(ours, (round) => round.pss)), 120, 'MB'),
      ],
      skipped: systems.flatMap((system) => {
        const why = system.missing(work);
        return why === undefined ? [] : [`${system.name}: ${why}`];
      }),
    };
  },
};

async function measure({ work, quick }: BenchContext, system: System, windowMs: number): Promise<Round> {
  const plan = system.plan(work, {
    count: SERVICES,
    dir: work.folder(`idle/${system.name.replace(/\W+/g, '-')}`),
    program: work.programs.answer,
    firstPort: freeStretch(SERVICES),
  });
  return withMeter(work, async (meter) => {
    meter.expect(SERVICES);
    await meter.run(plan.start, plan);
    const { services } = await meter.wait('answering');
    if (plan.detached) await meter.wait('exited');
    await pause(quick ? 3_000 : 10_000);
    const before = await meter.cpu();
    await pause(windowMs);
    const after = await meter.cpu();
    const own = tree([meter.pid], new Set(services.map(({ pid }) => pid))).filter((pid) => pid !== meter.pid);
    const sizes = own.map((pid) => ({ name: processName(pid), ...megabytes(pid) }));
    if ('command' in plan.stop) await meter.finish(plan.stop.command, plan);
    else await meter.key(plan.stop.key);
    await meter.end(5_000);
    return {
      cpuPercent: ((after.ownCpuUs - before.ownCpuUs) / (after.atUs - before.atUs)) * 100,
      pss: sizes.reduce((sum, { pss }) => sum + pss, 0),
      rss: sizes.reduce((sum, { rss }) => sum + rss, 0),
      processes: describe(sizes),
    };
  });
}

/** A shell for every service is one entry. */
function describe(sizes: readonly { name: string; pss: number }[]): string {
  const byName = new Map<string, number[]>();
  for (const { name, pss } of sizes) byName.set(name, [...(byName.get(name) ?? []), pss]);
  return [...byName]
    .map(([name, all]) => `${all.length > 1 ? `${all.length} x ` : ''}${name} ${figure(median(all))}`)
    .join(', ');
}
