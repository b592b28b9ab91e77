/** From an empty folder to a healthy service: `msvc init`, `msvc new service`, `msvc up -d --wait`. */
import { atMost, type Bench } from './harness/bench.ts';
import { withMeter } from './harness/meter.ts';
import { interleave, pick } from './harness/rounds.ts';
import { median, spread } from './harness/stats.ts';
import { msvcCommand, msvcMissing } from './systems/msvc.ts';

const STEPS: readonly (readonly string[])[] = [
  ['init', '--yes'],
  ['new', 'service', 'orders', '--template', 'javascript'],
  ['up', '-d', '--wait'],
];
const shown = (args: readonly string[]): string => `msvc ${args.join(' ')}`;

export const begin: Bench = {
  id: 'begin',
  run: async ({ work, rounds, note }) => {
    const missing = msvcMissing(work);
    const subject = {
      name: 'begin',
      measure: (round: number) =>
        withMeter(work, async (meter) => {
          const place = { cwd: work.folder(`begin/${round}`), env: {} };
          const took: number[] = [];
          for (const args of STEPS) {
            const { tookUs } = await meter.finish(msvcCommand(work, ...args), place);
            took.push(tookUs / 1000);
          }
          await meter.finish(msvcCommand(work, 'down'), place);
          await meter.end(3_000);
          return took;
        }),
    };
    const measured = (await interleave(missing === undefined ? [subject] : [], rounds(10, 3), note)).get('begin');
    const total = pick(measured, (took) => took.reduce((sum, ms) => sum + ms, 0));
    return {
      title: 'From an empty folder',
      about: [
        'Each command as a person types it, until it returns. The service itself is a Node process with an HTTP probe.',
      ],
      tables: [
        {
          caption: 'ms: median (lowest-highest)',
          columns: ['', 'wall'],
          rows: [
            ...STEPS.map((args, i) => [shown(args), spread(pick(measured, (took) => took[i] as number))]),
            ['together', spread(total)],
          ],
        },
      ],
      goals: [atMost('empty folder to healthy: under 3 s', median(total) / 1000, 3, 's', 2)],
      skipped: missing === undefined ? (measured?.failures ?? []) : [missing],
    };
  },
};
