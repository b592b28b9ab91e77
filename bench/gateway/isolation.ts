/**
 * The gateway while its own system makes noise: services write 50 MB/s of logs, which the engine captures, and a
 * `msvc logs --follow` is attached. nginx stands beside it, in front of the same service, under the same noise.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type BenchContext } from '../harness/bench.ts';
import { withMeter } from '../harness/meter.ts';
import { gatewayUrl, instances } from '../harness/msvc-json.ts';
import { freeStretch } from '../harness/ports.ts';
import { figure, median, spread } from '../harness/stats.ts';
import { endWithUs, startProxy, stopChild } from '../proxies/proxy.ts';
import { nginx } from '../proxies/system-proxies.ts';
import { msvcCommand, msvcMissing } from '../systems/msvc.ts';
import { type LoadFigures, runLoad } from './load.ts';
import type { Part } from './part.ts';

const TALKERS = 10;
const LINES_EACH = 50_000;
const CONNECTIONS = 16;
/** What is promised holds under 50 MB/s; talkers that were held back more than a little say nothing of it. */
const NOISE_MB = 45;

type Figures = Map<string, LoadFigures[]>;

export async function measureIsolation(context: BenchContext): Promise<Part> {
  const { work, quick } = context;
  const missing = [nginx.missing(work), msvcMissing(work)].filter((why) => why !== undefined);
  if (missing.length > 0) return { tables: [], goals: [], skipped: missing.map((why) => `isolation: ${why}`) };
  const port = freeStretch(2);
  const proxyPort = port + 1;
  const quiet: Figures = new Map();
  const noisy: Figures = new Map();
  let bytesPerSecond = 0;
  const run = (talkers: number, measure: (subjects: [string, number][], dir: string) => Promise<void>) =>
    withSystem(context, talkers, port, async (dir, gatewayPort) => {
      const proxy = await startProxy(nginx, work, {
        port: proxyPort,
        origins: [port],
        dir: work.folder('isolation/nginx'),
        isPinned: false,
      });
      try {
        await measure(
          [
            ['nginx', proxyPort],
            ['msvc', gatewayPort],
          ],
          dir,
        );
      } finally {
        await proxy.stop();
      }
    });
  await run(0, (subjects) => inTurns(context, subjects, quiet, context.rounds(5, 1)));
  await run(TALKERS, async (subjects, dir) => {
    const follower = follow(msvcCommand(work, 'logs', '--follow'), dir);
    try {
      await pause(quick ? 500 : 2_000);
      const before = await written(context, dir);
      await inTurns(context, subjects, noisy, context.rounds(7, 2));
      const after = await written(context, dir);
      bytesPerSecond = (after.bytes - before.bytes) / ((after.at - before.at) / 1_000);
    } finally {
      await stopChild(follower);
    }
  });
  const p99 = (figures: Figures, name: string): number[] => figures.get(name)!.map(({ p99Us }) => p99Us / 1_000);
  const rate = (figures: Figures, name: string): number[] =>
    figures.get(name)!.map(({ requests, elapsedUs }) => requests / (elapsedUs / 1e6));
  const failed = (name: string): number =>
    [...quiet.get(name)!, ...noisy.get(name)!].reduce((sum, one) => sum + one.failed, 0);
  const names = ['nginx', 'msvc'];
  return {
    tables: [
      {
        caption: `Isolation: ${CONNECTIONS} connections to one service of a running system, quiet and while ${TALKERS} others wrote ${(bytesPerSecond / 1e6).toFixed(0)} MB/s of logs with a follower attached; nothing pinned to a core but the load: median (lowest-highest)`,
        columns: ['', 'p99 ms, quiet', 'p99 ms, noise', 'requests/s, quiet', 'requests/s, noise', 'failed'],
        rows: names.map((name) => [
          name,
          spread(p99(quiet, name)),
          spread(p99(noisy, name)),
          figure(median(rate(quiet, name))),
          figure(median(rate(noisy, name))),
          String(failed(name)),
        ]),
      },
    ],
    goals: [
      atMost(
        'Under 50 MB/s of logs with a follower: p99',
        median(p99(noisy, 'msvc')) / median(p99(noisy, 'nginx')),
        1.5,
        'x nginx under the same noise',
        2,
      ),
      {
        what: 'The noise that this was measured under',
        limit: `>= ${NOISE_MB} MB/s`,
        measured: `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`,
        met: bytesPerSecond >= NOISE_MB * 1e6,
      },
      atMost('Failed requests, quiet and under noise', failed('msvc'), 0, '', 0),
    ],
    skipped: [],
  };
}

/** `msvc up` with a service on that port and so many that only write; down again afterwards. */
async function withSystem(
  { work }: BenchContext,
  talkers: number,
  port: number,
  use: (dir: string, gatewayPort: number) => Promise<void>,
): Promise<void> {
  const dir = work.folder(`isolation/system-${talkers}`);
  const web = { command: [work.programs.answer], port, route: '/', healthcheck: { http: '/' } };
  const talker = { command: [work.programs.drip], port: 'none', environment: { DRIP: String(LINES_EACH) } };
  const others = Array.from({ length: talkers }, (_, index) => [`talker-${index + 1}`, talker]);
  const services = { web, ...Object.fromEntries(others) };
  writeFileSync(path.join(dir, 'msvc.yaml'), JSON.stringify({ name: `isolation${talkers}`, services }, null, 2));
  await withMeter(work, async (meter) => {
    await meter.finish(msvcCommand(work, 'up', '-d', '--wait'), { cwd: dir });
    try {
      await use(dir, Number(new URL(await gatewayUrl(work, dir)).port));
    } finally {
      await meter.finish(msvcCommand(work, 'down'), { cwd: dir });
      await meter.end(5_000);
    }
  });
}

async function inTurns(
  { work, quick }: BenchContext,
  subjects: readonly (readonly [string, number])[],
  figures: Figures,
  rounds: number,
): Promise<void> {
  const load = { connections: CONNECTIONS, path: '/', uploadBytes: 0 };
  for (const [, port] of subjects) await runLoad(work, port, { ...load, ms: quick ? 500 : 1_500 });
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const [name, port] = subjects[(turn + round) % subjects.length]!;
      const list = figures.get(name) ?? [];
      figures.set(name, list);
      list.push(await runLoad(work, port, { ...load, ms: quick ? 700 : 2_000 }));
    }
  }
}

function follow([program, ...args]: readonly string[], cwd: string): ChildProcess {
  const child = spawn(program!, args, { cwd, stdio: ['ignore', 'ignore', 'ignore'] });
  endWithUs(child);
  return child;
}

/** What the talkers have been able to write, as the kernel counts it. */
async function written({ work }: BenchContext, dir: string): Promise<{ bytes: number; at: number }> {
  const all = await instances(work, dir);
  const at = performance.now();
  let bytes = 0;
  for (const { service, pid } of all) {
    if (!service.startsWith('talker-')) continue;
    bytes += Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
  }
  return { bytes, at };
}
