/** What many routes and many instances add to a request's cost; many instances of nginx too, where it is installed. */
import { atMost, type BenchContext } from '../harness/bench.ts';
import { interleave } from '../harness/rounds.ts';
import { spread } from '../harness/stats.ts';
import { msvcGateway } from '../proxies/msvc.ts';
import { type ProxyKind, type RunningProxy, startProxy } from '../proxies/proxy.ts';
import { nginx } from '../proxies/system-proxies.ts';
import { type LoadFigures, runLoad } from './load.ts';
import { type Figures, measurePairs, pairedRatio } from './pairs.ts';
import type { Part } from './part.ts';

interface Growth {
  readonly name: string;
  readonly kind?: ProxyKind;
  readonly routes?: number;
  readonly instances: number;
  /** The one that it is held against. */
  readonly base?: string;
}

/**
 * Every one of 300 instances has been asked by then. While other proxies are measured, longer than idle connections are
 * kept, all of them close.
 */
const WARM_MS = 1_000;

const FIRST = '10 routes, 3 instances';
const NGINX = 'nginx, 3 instances';

const CASES: readonly Growth[] = [
  { name: FIRST, routes: 10, instances: 3 },
  { name: '1,000 routes, 3 instances', routes: 1_000, instances: 3, base: FIRST },
  { name: '10 routes, 300 instances', routes: 10, instances: 300, base: FIRST },
  { name: NGINX, kind: nginx, instances: 3 },
  { name: 'nginx, 300 instances', kind: nginx, instances: 300, base: NGINX },
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
    const named = (wanted: string): RunningProxy => running.find(({ name }) => name === wanted)!;
    const measured = await interleave<readonly Figures[]>(
      cases.flatMap(({ name, base }) => {
        if (base === undefined) return [];
        return [{ name, measure: () => measurePairs(context, [named(base), named(name)], load, WARM_MS) }];
      }),
      context.rounds(7, 3),
      context.note,
    );
    const all = [...measured.values()].flatMap(({ rounds }) => rounds.flat());
    const cost = ({ cpuUs, requests }: LoadFigures): number => cpuUs / requests;
    const costs = (name: string): number[] => all.flatMap((figures) => figures[name] ?? []).map(cost);
    const ratio = (name: string, base: string): number => pairedRatio(all, name, base, cost);
    return {
      tables: [
        {
          caption: 'Growth, small responses, 64 connections: median (lowest-highest)',
          columns: ['', 'CPU us/request', 'x the smallest'],
          rows: cases.map(({ name, base }) => {
            const times = base === undefined ? Number.NaN : ratio(name, base);
            return [name, spread(costs(name)), Number.isFinite(times) ? times.toFixed(2) : '-'];
          }),
        },
      ],
      goals: cases.flatMap(({ name, base }) =>
        base === FIRST ? [atMost(name, ratio(name, FIRST), 1.1, `x ${FIRST}`, 2)] : [],
      ),
      skipped: [],
    };
  } finally {
    await Promise.all(running.map((proxy) => proxy.stop()));
  }
}
