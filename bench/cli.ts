/** What a short command costs, against an interpreter that does nothing and against the rival's own short command. */
import { atMost, type Bench } from './harness/bench.ts';
import { type Meter, withMeter } from './harness/meter.ts';
import { freeStretch } from './harness/ports.ts';
import { interleave, pick, type Subject } from './harness/rounds.ts';
import { median, spread } from './harness/stats.ts';
import { msvcCommand, msvcDetached } from './systems/msvc.ts';
import { pm2, pm2Command } from './systems/pm2.ts';
import type { Plan, System } from './systems/system.ts';

interface Round {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const SERVICES = 3;

export const cli: Bench = {
  id: 'cli',
  run: async ({ work, rounds, note }) => {
    const subjects: Subject<Round>[] = [];
    const skipped: string[] = [];
    const once = (name: string, meter: Meter, argv: readonly string[], place: Pick<Plan, 'cwd' | 'env'>): void => {
      subjects.push({
        name,
        measure: async () => {
          const exited = await meter.finish(argv, place);
          return { wallMs: exited.tookUs / 1000, cpuMs: exited.cpuUs / 1000 };
        },
      });
    };
    /** Its services, so that the command has something to show; then `add`; then `next`; then everything away. */
    const having = async (system: System, add: (meter: Meter, plan: Plan) => void, next: () => Promise<void>) => {
      const missing = system.missing(work);
      if (missing !== undefined) {
        skipped.push(`${system.name}: ${missing}`);
        return next();
      }
      await withMeter(work, async (meter) => {
        const dir = work.folder(`cli/${system.name.replace(/\W+/g, '-')}`);
        const fleet = { count: SERVICES, dir, program: work.programs.answer, firstPort: freeStretch(SERVICES) };
        const plan = system.plan(work, fleet);
        await meter.finish(plan.start, plan);
        add(meter, plan);
        await next();
        if ('command' in plan.stop) await meter.finish(plan.stop.command, plan);
        await meter.end(3_000);
      });
    };

    let measured = new Map<string, { name: string; rounds: readonly Round[]; failures: readonly string[] }>();
    await withMeter(work, async (bare) => {
      once('node -e 0', bare, [process.execPath, '-e', '0'], { cwd: work.dir, env: {} });
      await having(
        msvcDetached,
        (meter, plan) => {
          once('msvc --version', meter, msvcCommand(work, '--version'), plan);
          once('msvc ps', meter, msvcCommand(work, 'ps'), plan);
        },
        () =>
          having(
            pm2,
            (meter, plan) => once('pm2 ls', meter, [...pm2Command(work), 'ls'], plan),
            async () => {
              measured = await interleave(subjects, rounds(25, 5), note);
            },
          ),
      );
      await bare.end(1_000);
    });

    const wall = (name: string): number => median(pick(measured.get(name), (round) => round.wallMs));
    const node = wall('node -e 0');
    const rival = wall('pm2 ls');
    return {
      title: 'Short commands',
      about: [`With ${SERVICES} services running. CPU is of the command's own process and what it waited for.`],
      tables: [
        {
          caption: 'ms: median (lowest-highest)',
          columns: ['', 'wall', 'CPU'],
          rows: subjects.map(({ name }) => [
            name,
            spread(pick(measured.get(name), (round) => round.wallMs)),
            spread(pick(measured.get(name), (round) => round.cpuMs)),
          ]),
        },
      ],
      goals: ['msvc --version', 'msvc ps'].flatMap((name) => [
        atMost(`${name}: at most 1.5x node`, wall(name), node * 1.5, 'ms'),
        atMost(`${name}: under half of pm2 ls`, wall(name), rival / 2, 'ms'),
      ]),
      skipped,
    };
  },
};
