/** What many routes and many instances add to a request's cost; of msvc alone. */
import { atMost, type BenchContext, type Goal, type Table } from '../harness/bench.ts';
import { interleave, pick } from '../harness/rounds.ts';
import { median, spread } from '../harness/stats.ts';
import { msvcGateway } from '../proxies/msvc.ts';
import { startProxy } from '../proxies/proxy.ts';
import { runLoad } from './load.ts';

const CASES = [
  { name: '10 routes, 3 instances', routes: 10, instances: 3 },
  { name: '1,000 routes, 3 instances', routes: 1_000, instances: 3 },
  { name: '10 routes, 300 instances', routes: 10, instances: 300 },
] as const;

/** @param origins at least 300 ports that answer. @param port the first of three free ones */
export async function measureGrowth(
  context: BenchContext,
  origins: readonly number[],
  port: number,
): Promise<{ tables: Table[]; goals: Goal[] }> {
  const load = { connections: 64, path: '/', uploadBytes: 0 };
  const running = await Promise.all(
    CASES.map((one, index) =>
      startProxy({ ...msvcGateway, name: one.name }, context.work, {
        port: port + index,
        origins: origins.slice(0, one.instances),
        dir: context.work.folder(`growth-${index}`),
        routes: one.routes,
      }),
    ),
  );
  try {
    for (const proxy of running)
      await runLoad(context.work, proxy.port, { ...load, ms: context.quick ? 1_000 : 4_000 });
    const measured = await interleave<number>(
      running.map((proxy) => ({
        name: proxy.name,
        measure: async () => {
          const before = proxy.cpuUs();
          const { requests } = await runLoad(context.work, proxy.port, { ...load, ms: context.quick ? 700 : 2_000 });
          return (proxy.cpuUs() - before) / requests;
        },
      })),
      context.rounds(9, 3),
      context.note,
    );
    const cpu = (name: string): number[] => pick(measured.get(name), (value) => value);
    const base = median(cpu(CASES[0].name));
    return {
      tables: [
        {
          caption: 'Growth of msvc, small responses, 64 connections: median (lowest-highest)',
          columns: ['', 'CPU us/request', 'x the first'],
          rows: CASES.map(({ name }) => [name, spread(cpu(name)), (median(cpu(name)) / base).toFixed(2)]),
        },
      ],
      goals: CASES.slice(1).map(({ name }) =>
        atMost(name, median(cpu(name)) / base, 1.1, 'x 10 routes, 3 instances', 2),
      ),
    };
  } finally {
    await Promise.all(running.map((proxy) => proxy.stop()));
  }
}
