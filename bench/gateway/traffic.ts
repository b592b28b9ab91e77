/** Requests through each proxy in turns: what one costs in CPU of the proxy, and how long it takes. */
import { atMost, type BenchContext, type Goal, type Table } from '../harness/bench.ts';
import { interleave, pick } from '../harness/rounds.ts';
import { figure, median, spread } from '../harness/stats.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import { type Load, type LoadFigures, runLoad } from './load.ts';
import type { Part } from './part.ts';

const MEBIBYTE = 1_048_576;
const COMPARED: ReadonlySet<string> = new Set(['nginx', 'msvc']);

interface Kind {
  readonly id: string;
  readonly caption: string;
  readonly load: Omit<Load, 'ms'>;
  /** Of the CPU figure: a request, or a MiB of bodies. */
  readonly per: (figures: LoadFigures) => number;
}

const perRequest = ({ requests }: LoadFigures): number => requests;
const perMebibyte = ({ bytes }: LoadFigures): number => bytes / MEBIBYTE;

const KINDS: readonly Kind[] = [
  {
    id: 'small64',
    caption: 'Small responses (14 bytes), 64 connections',
    load: { connections: 64, path: '/', uploadBytes: 0 },
    per: perRequest,
  },
  {
    id: 'small256',
    caption: 'Small responses (14 bytes), 256 connections',
    load: { connections: 256, path: '/', uploadBytes: 0 },
    per: perRequest,
  },
  {
    id: 'down',
    caption: '1 MiB down, 8 connections',
    load: { connections: 8, path: `/${MEBIBYTE}`, uploadBytes: 0 },
    per: perMebibyte,
  },
  {
    id: 'up',
    caption: '1 MiB up, 8 connections',
    load: { connections: 8, path: '/', uploadBytes: MEBIBYTE },
    per: perMebibyte,
  },
];

type Round = Readonly<Record<string, LoadFigures>>;

/** @param origin the port to ask directly, as the floor */
export async function measureTraffic(
  context: BenchContext,
  proxies: readonly RunningProxy[],
  origin: number,
): Promise<Part> {
  const ms = context.quick ? 700 : 1_500;
  const direct = { name: 'direct', port: origin, cpuUs: () => Number.NaN };
  const measured = await interleave<Round>(
    [direct, ...proxies].map((proxy) => ({
      name: proxy.name,
      // The goals hold these two against one another: they are measured more often than the others.
      ...(!COMPARED.has(proxy.name) && { rounds: context.rounds(4, 1) }),
      measure: async (round) => {
        if (round === 0)
          await runLoad(context.work, proxy.port, { ...KINDS[0]!.load, ms: context.quick ? 1_000 : 2_000 });
        const result: Record<string, LoadFigures> = {};
        for (const { id, load } of KINDS) {
          result[id] = await runLoad(context.work, proxy.port, { ...load, ms }, proxy.cpuUs);
        }
        return result;
      },
    })),
    context.rounds(8, 1),
    context.note,
  );
  const of = (name: string, { id, per }: Kind) => {
    const rounds = pick(measured.get(name), (round) => round[id]);
    return {
      cpu: rounds.map((one) => one.cpuUs / per(one)),
      rate: rounds.map((one) => per(one) / (one.elapsedUs / 1e6)),
      p99: rounds.map(({ p99Us }) => p99Us / 1_000),
      failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    };
  };
  const tables = KINDS.map((kind): Table => {
    const unit = kind.per === perRequest ? 'request' : 'MiB';
    const floor = median(of('nginx', kind).cpu);
    return {
      caption: `${kind.caption}: median (lowest-highest)`,
      columns: ['', `CPU us/${unit}`, 'x nginx', `${unit}s/s`, 'p99 ms', 'failed'],
      rows: ['direct', ...proxies.map(({ name }) => name)].map((name) => {
        const { cpu, rate, p99, failed } = of(name, kind);
        const ratio = median(cpu) / floor;
        return [
          name,
          name === 'direct' ? '-' : spread(cpu),
          Number.isFinite(ratio) ? ratio.toFixed(2) : '-',
          figure(median(rate)),
          spread(p99),
          String(failed),
        ];
      }),
    };
  });
  const goals = KINDS.flatMap((kind): Goal[] => {
    const ours = of('msvc', kind);
    const theirs = of('nginx', kind);
    const ratio = median(ours.cpu) / median(theirs.cpu);
    if (kind.per === perMebibyte) return [atMost(`${kind.caption}: CPU per byte`, ratio, 1, 'x nginx', 2)];
    const npm = ['http-proxy', 'http-proxy-3', '@fastify/http-proxy'].map((name) => median(of(name, kind).cpu));
    return [
      atMost(`${kind.caption}: CPU, aim`, ratio, 1, 'x nginx', 2),
      atMost(`${kind.caption}: CPU, limit`, ratio, 1.3, 'x nginx', 2),
      atMost(
        `${kind.caption}: CPU`,
        median(ours.cpu) / Math.min(...npm.filter(Number.isFinite)),
        0.25,
        'x the best npm proxy',
        2,
      ),
      atMost(`${kind.caption}: p99`, median(ours.p99) / median(theirs.p99), 1.5, 'x nginx', 2),
    ];
  });
  return { tables, goals, skipped: [] };
}
