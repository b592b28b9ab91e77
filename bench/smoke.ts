/**
 * What `msvc smoke` costs beside the requests that it makes: starting a system, waiting until it is healthy, checking,
 * stopping, leaving nothing. And the same on a system that runs already.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { SmokeJson } from '../src/cli/json-contract.ts';
import { atMost, type Bench, type BenchContext } from './harness/bench.ts';
import { interleave, pick } from './harness/rounds.ts';
import { median, spread } from './harness/stats.ts';
import { msvcCommand, msvcMissing } from './systems/msvc.ts';

const SERVICES = 3;
const CHECKS = 12;

interface Round {
  /** Of the whole command, from outside. */
  readonly wallMs: number;
  /** Of the checks themselves, one after the other. */
  readonly requestsMs: number;
}

const ALONE = 'msvc smoke: starts it, checks, stops it';
const RUNNING = 'msvc smoke: on a running system';

export const smoke: Bench = {
  id: 'smoke',
  run: async (context) => {
    const missing = msvcMissing(context.work);
    const measured = await interleave<Round>(
      missing === undefined
        ? [
            { name: ALONE, measure: () => measure(context) },
            { name: RUNNING, measure: () => onRunning(context) },
          ]
        : [],
      context.rounds(9, 3),
      context.note,
    );
    const of = (name: string, figure: (round: Round) => number): number[] =>
      pick(measured.get(name), (round) => figure(round));
    const overhead = (name: string): number[] => of(name, ({ wallMs, requestsMs }) => wallMs - requestsMs);
    return {
      title: 'Smoke checks',
      about: [
        `${CHECKS} checks, each a request through the gateway, on ${SERVICES} static C services with HTTP probes. *Requests*: the time of the checks themselves. *Beyond the requests*: the rest of the command, from its start to its exit.`,
      ],
      tables: [
        {
          caption: 'ms: median (lowest-highest)',
          columns: ['', 'wall', 'requests', 'beyond the requests'],
          rows: [ALONE, RUNNING].map((name) => [
            name,
            spread(of(name, ({ wallMs }) => wallMs)),
            spread(of(name, ({ requestsMs }) => requestsMs)),
            spread(overhead(name)),
          ]),
        },
      ],
      goals: [atMost('Beyond the requests, starting and stopping included', median(overhead(ALONE)), 1500, 'ms', 0)],
      skipped: missing === undefined ? [] : [`msvc: ${missing}`],
    };
  },
};

function prepare({ work }: BenchContext): string {
  const dir = work.folder('smoke');
  const names = Array.from({ length: SERVICES }, (_, i) => `s${i}`);
  const services = names.map((name) => [
    name,
    { command: [work.programs.answer], route: `/${name}`, healthcheck: { http: '/' } },
  ]);
  const checks = Array.from({ length: CHECKS }, (_, i) => ({
    name: `check ${i}`,
    request: `/${names[i % SERVICES]}?${i}`,
    expect: { status: 200, body: { contains: 'ok' } },
  }));
  const definition = {
    name: 'smokes',
    gateway: { port: 'auto' },
    services: Object.fromEntries(services),
    smoke: checks,
  };
  writeFileSync(path.join(dir, 'msvc.yaml'), JSON.stringify(definition, null, 2));
  return dir;
}

async function measure(context: BenchContext): Promise<Round> {
  const from = performance.now();
  const result = JSON.parse(await msvc(context, prepare(context), 'smoke', '--json')) as SmokeJson;
  const wallMs = performance.now() - from;
  if (result.passed !== CHECKS) throw new Error(`${result.passed} of ${CHECKS} checks passed`);
  return { wallMs, requestsMs: result.checks.reduce((sum, { tookMs }) => sum + tookMs, 0) };
}

async function onRunning(context: BenchContext): Promise<Round> {
  const dir = prepare(context);
  await msvc(context, dir, 'up', '-d', '--wait');
  try {
    return await measure(context);
  } finally {
    await msvc(context, dir, 'down', '-v');
  }
}

async function msvc({ work }: BenchContext, cwd: string, ...args: readonly string[]): Promise<string> {
  const [file, ...rest] = msvcCommand(work, ...args) as [string, ...string[]];
  return (await promisify(execFile)(file, rest, { cwd })).stdout;
}
