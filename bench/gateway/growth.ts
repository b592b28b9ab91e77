/** What many routes and many instances add to a request's cost; many instances of nginx too, where it is installed. */
import { atMost, type BenchContext } from '../harness/bench.ts';
import { interleave, pick } from '../harness/rounds.ts';
import { median, spread } from '../harness/stats.ts';
import { msvcGateway } from '../proxies/msvc.ts';
import { type ProxyKind, startProxy } from '../proxies/proxy.ts';
import { nginx } from '../proxies/system-proxies.ts';
import { runLoad } from './load.ts';
import type { Part } from './part.ts';

interface Growth {
  readonly name: string;
  readonly kind?: ProxyKind;
  readonly routes?: number;
  readonly instances: number;
}

const CASES: readonly Growth[] = [
  { name: '10 routes, 3 instances', routes: 10, instances: 3 },
  { name: '1,000 routes, 3 instances', routes: 1_000, instances: 3 },
  { name: '10 routes, 300 instances', routes: 10, instances: 300 },
  { name: 'nginx, 3 instances', kind: nginx, instances: 3 },
  { name: 'nginx, 300 instances', kind: nginx, instances: 300 },
];

/** @param origins at least 300 ports that answer. @param port the first of five free ones */
export async function measureGrowth(context: BenchContext, origins: readonly number[], port: number): Promise<Part> {
  const load = { connections: 64, path: '/', uploadBytes: 0 };
  const cases = CASES.filter(({ kind = msvcGateway }) => kind.missing(context.work) === undefined);
  const running = await Promise.all(
    cases.map((one, index) =>
      startProxy({ ...(one.kind ?? msvcGateway), name: one.name }, context.work, {
        port: port + index,
        origins: origins.slice(0, one.instances),
        dir: context.work.folder(`growth-${index}`),
        ...(one.routes !== undefined && { routes: one.routes }),
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
          const measured = { ...load, ms: context.quick ? 700 : 1_500 };
          const { requests, cpuUs } = await runLoad(context.work, proxy.port, measured, proxy.cpuUs);
          return cpuUs / requests;
        },
      })),
      context.rounds(7, 3),
      context.note,
    );
    const cpu = (name: string): number[] => pick(measured.get(name), (value) => value);
    const base = median(cpu(cases[0]!.name));
    return {
      tables: [
        {
          caption: 'Growth, small responses, 64 connections: median (lowest-highest)',
          columns: ['', 'CPU us/request', 'x the first'],
          rows: cases.map(({ name }) => [name, spread(cpu(name)), (median(cpu(name)) / base).toFixed(2)]),
        },
      ],
      goals: cases
        .slice(1, 3)
        .map(({ name }) => atMost(name, median(cpu(name)) / base, 1.1, 'x 10 routes, 3 instances', 2)),
      skipped: [],
    };
  } finally {
    await Promise.all(running.map((proxy) => proxy.stop()));
  }
}
