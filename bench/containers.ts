/**
 * 20 services as containers, up and down again, against the `docker` command in a parallel shell loop (nothing that
 * uses the same engine does less) and docker-compose.
 */
import { atMost, type Bench, type BenchContext } from './harness/bench.ts';
import { fewConnections } from './harness/machine.ts';
import { withMeter } from './harness/meter.ts';
import { interleave, pick } from './harness/rounds.ts';
import { median, spread } from './harness/stats.ts';
import {
  addresses,
  type ContainerSystem,
  dockerCompose,
  dockerLoop,
  dockerLoopBare,
  engineMissing,
  leftOver,
  makeImage,
  msvcContainers,
  removeImage,
  removeLeft,
} from './systems/containers.ts';

interface Round {
  readonly upMs: number;
  readonly downMs: number;
  /** Of the commands and of what they leave running; not of the engine, which works for all of them. */
  readonly cpuMs: number;
}

const COUNT = 20;
const SYSTEMS = [dockerLoop, dockerLoopBare, dockerCompose, msvcContainers];
const LIMIT_MS = 180_000;
let projects = 0;

export const containers: Bench = {
  id: 'containers',
  run: async (context) => {
    const title = 'Start and stop of containers';
    const lacking = engineMissing();
    if (lacking !== undefined) return { title, about: [], tables: [], goals: [], skipped: [lacking] };
    const { work } = context;
    const image = `msvc-bench/answer:${process.pid}`;
    makeImage(work, image);
    try {
      const usable = SYSTEMS.filter((system) => system.missing(work) === undefined);
      const subjects = usable.map((system) => ({
        name: system.name,
        measure: () => measure(context, system, image),
      }));
      if (!(await fewConnections())) {
        context.note(
          'the kernel keeps thousands of connections of others: each end of a container costs the engine more',
        );
      }
      const measured = await interleave(subjects, context.rounds(7, 2), context.note);
      const of = (system: ContainerSystem, figureOf: (round: Round) => number): number =>
        median(pick(measured.get(system.name), figureOf));
      const up = (round: Round): number => round.upMs;
      const down = (round: Round): number => round.downMs;
      return {
        title,
        about: [
          `${COUNT} services of one image (a static C program, nothing else in it). *Up*: until the command is back. ` +
            'For `docker run` and docker-compose that says that the containers run; for msvc that each has answered ' +
            'its HTTP probe and has its row in the registry, its route and its log. *Down*: until the command is back ' +
            'and neither container nor network is there.',
          'The floor asks the engine for the same: a network, the containers on it, and in the end both away. It does ' +
            'less than msvc all the same: it asks no service anything, and `docker rm -f` kills, where msvc and ' +
            'docker-compose ask a program to stop and wait for it. On the default network containers do not find each ' +
            'other by name, and cost the engine less. CPU is of the commands and what they leave running, not of the ' +
            'engine, which is nearly all of it.',
        ],
        tables: [
          {
            caption: `${COUNT} containers, ms: median (lowest-highest)`,
            columns: ['', 'up', 'down', 'CPU in all'],
            rows: usable.map((system) => {
              const result = measured.get(system.name);
              return [
                result?.failures.length ? `${system.name} (${result.failures.length} failed)` : system.name,
                spread(pick(result, up)),
                spread(pick(result, down)),
                spread(pick(result, (round) => round.cpuMs)),
              ];
            }),
          },
        ],
        goals: [
          atMost('Up: at most 1.15x the loop', of(msvcContainers, up), of(dockerLoop, up) * 1.15, 'ms', 0),
          atMost('Up: faster than docker-compose', of(msvcContainers, up), of(dockerCompose, up), 'ms', 0),
          atMost('Down: no slower than the loop', of(msvcContainers, down), of(dockerLoop, down), 'ms', 0),
        ],
        skipped: SYSTEMS.flatMap((system) => {
          const why = system.missing(work);
          return why === undefined ? [] : [`${system.name}: ${why}`];
        }),
      };
    } finally {
      removeImage(image);
    }
  },
};

async function measure({ work }: BenchContext, system: ContainerSystem, image: string): Promise<Round> {
  const project = `bench${process.pid}x${++projects}`;
  const dir = work.folder(`containers/${project}`);
  const plan = system.plan(work, { count: COUNT, image, dir, project });
  try {
    return await withMeter(work, async (meter) => {
      const place = { cwd: dir, limitMs: LIMIT_MS };
      const up = await meter.finish(plan.up, place);
      await expectAnswers(addresses(plan.filter));
      const down = await meter.finish(plan.down, place);
      const left = leftOver(plan.filter);
      if (left.length > 0) throw new Error(`${left.length} containers or networks left behind`);
      const { cpuUs } = await meter.end(3_000);
      return { upMs: up.tookUs / 1000, downMs: down.tookUs / 1000, cpuMs: cpuUs / 1000 };
    });
  } finally {
    removeLeft(plan.filter);
  }
}

/** What was called up does answer. Not measured. */
async function expectAnswers(urls: readonly string[]): Promise<void> {
  if (urls.length !== COUNT) throw new Error(`${urls.length} of ${COUNT} containers run`);
  const answers = await Promise.all(urls.map((url) => fetch(url, { signal: AbortSignal.timeout(10_000) })));
  const wrong = answers.filter(({ status }) => status !== 200);
  if (wrong.length > 0) throw new Error(`${wrong.length} of ${COUNT} do not answer`);
}
