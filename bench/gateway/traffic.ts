/**
 * Requests through each proxy in turns: what one costs in CPU of the proxy, and how long it takes. The two that the goals
 * hold against one another are measured together, in pairs.
 */
import { atMost, type BenchContext, type Goal, type Table } from '../harness/bench.ts';
import { interleave, type Subject } from '../harness/rounds.ts';
import { figure, median, spread } from '../harness/stats.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import { type Load, type LoadFigures, runLoad } from './load.ts';
import { type Figures, measurePairs, pairedRatio } from './pairs.ts';
import type { Part } from './part.ts';

const MEBIBYTE = 1_048_576;
/** The two in pairs. */
export const BASE = 'nginx';
export const OURS = 'msvc';

type Value = (figures: LoadFigures) => number;

interface Kind {
  readonly id: string;
  readonly caption: string;
  readonly load: Load;
  /** Of the CPU figure: a request, or a MiB of bodies. */
  readonly per: Value;
}

const perRequest: Value = ({ requests }) => requests;
const perMebibyte: Value = ({ bytes }) => bytes / MEBIBYTE;

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

/** Of each kind of load. */
type Round = Readonly<Record<string, readonly Figures[]>>;

/** @param origin the port to ask directly, as the floor */
export async function measureTraffic(
  context: BenchContext,
  proxies: readonly RunningProxy[],
  origin: number,
): Promise<Part> {
  const { work, quick } = context;
  const ms = quick ? 700 : 1_500;
  const direct = { name: 'direct', port: origin, cpuUs: () => Number.NaN };
  const subject = (
    name: string,
    ports: readonly number[],
    rounds: number,
    measure: (load: Load) => Promise<readonly Figures[]>,
  ): Subject<Round> => ({
    name,
    rounds,
    measure: async (round) => {
      for (const port of round === 0 ? ports : [])
        await runLoad(work, port, { ...KINDS[0]!.load, ms: quick ? 1_000 : 2_000 });
      const result: Record<string, readonly Figures[]> = {};
      for (const { id, load } of KINDS) result[id] = await measure(load);
      return result;
    },
  });
  const compared = proxies.filter(({ name }) => name === BASE || name === OURS);
  const others = proxies.filter((proxy) => !compared.includes(proxy));
  const measured = await interleave<Round>(
    [
      ...[direct, ...others].map(({ name, port, cpuUs }) =>
        subject(name, [port], context.rounds(4, 1), async (load) => [
          { [name]: await runLoad(work, port, { ...load, ms }, cpuUs) },
        ]),
      ),
      subject(
        compared.map(({ name }) => name).join(' and '),
        compared.map(({ port }) => port),
        context.rounds(8, 1),
        (load) => measurePairs(context, compared, load),
      ),
    ],
    context.rounds(8, 1),
    context.note,
  );
  const rounds = [...measured.values()].flatMap((one) => one.rounds);
  const of = (name: string, { id, per }: Kind) => {
    const turns = rounds
      .map((round) => round[id]!.flatMap((figures) => figures[name] ?? []))
      .filter(({ length }) => length > 0);
    const sum = (all: readonly LoadFigures[], value: Value) => all.reduce((total, one) => total + value(one), 0);
    return {
      cpu: turns.map((all) => sum(all, ({ cpuUs }) => cpuUs) / sum(all, per)),
      rate: turns.map((all) => sum(all, per) / (sum(all, ({ elapsedUs }) => elapsedUs) / 1e6)),
      p99: turns.map((all) => median(all.map(({ p99Us }) => p99Us / 1_000))),
      failed: sum(turns.flat(), ({ failed }) => failed),
    };
  };
  const ratio = ({ id }: Kind, value: Value): number => {
    const all = rounds.flatMap((round) => round[id]!);
    return pairedRatio(all, OURS, BASE, value);
  };
  const cpuRatio = (kind: Kind): number => ratio(kind, (figures) => figures.cpuUs / kind.per(figures));
  const tables = KINDS.map((kind): Table => {
    const unit = kind.per === perRequest ? 'request' : 'MiB';
    const base = median(of(BASE, kind).cpu);
    return {
      caption: `${kind.caption}: median (lowest-highest)`,
      columns: ['', `CPU us/${unit}`, 'x nginx', `${unit}s/s`, 'p99 ms', 'failed'],
      rows: ['direct', ...proxies.map(({ name }) => name)].map((name) => {
        const { cpu, rate, p99, failed } = of(name, kind);
        const times = name === OURS ? cpuRatio(kind) : median(cpu) / base;
        return [
          name,
          name === 'direct' ? '-' : spread(cpu),
          Number.isFinite(times) ? times.toFixed(2) : '-',
          figure(median(rate)),
          spread(p99),
          String(failed),
        ];
      }),
    };
  });
  const goals = KINDS.flatMap((kind): Goal[] => {
    const cpu = cpuRatio(kind);
    if (kind.per === perMebibyte) return [atMost(`${kind.caption}: CPU per byte`, cpu, 1, 'x nginx', 2)];
    const npm = ['http-proxy', 'http-proxy-3', '@fastify/http-proxy'].map((name) => median(of(name, kind).cpu));
    return [
      atMost(`${kind.caption}: CPU, aim`, cpu, 1, 'x nginx', 2),
      atMost(`${kind.caption}: CPU, limit`, cpu, 1.3, 'x nginx', 2),
      atMost(
        `${kind.caption}: CPU`,
        median(of(OURS, kind).cpu) / Math.min(...npm.filter(Number.isFinite)),
        0.25,
        'x the best npm proxy',
        2,
      ),
      atMost(
        `${kind.caption}: p99`,
        ratio(kind, ({ p99Us }) => p99Us),
        1.5,
        'x nginx',
        2,
      ),
    ];
  });
  return { tables, goals, skipped: [] };
}
