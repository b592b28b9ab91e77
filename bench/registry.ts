/**
 * From a change in the registry to its effect in the gateway, alone and with a thousand readers of the service blocked
 * on the registry's HTTP port. Everything is the real thing: the gateway's thread, its sockets, the Consul face.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { collectYoungAlone } from '../src/control/garbage-collection.ts';
import { startGateway } from '../src/gateway/start.ts';
import { instanceId, serviceName } from '../src/model/names.ts';
import { consul } from '../src/registry/consul/handler.ts';
import { openRegistryHttp } from '../src/registry/http/server.ts';
import { Registrations } from '../src/registry/registrations.ts';
import { Registry } from '../src/registry/registry.ts';
import { atMost, type Bench } from './harness/bench.ts';
import { freeStretch } from './harness/ports.ts';
import { figure, median, percentile } from './harness/stats.ts';
import type { Workspace } from './harness/workspace.ts';
import { OTHER_CORE } from './proxies/proxy.ts';

const SERVICE = serviceName('catalog');
const WATCHERS = 1_000;
/** From a change's effect to the next change. */
const REST_MS = 60;
/** From the last reader's answer: each change finds them waiting, and what answering them has left to collect is done. */
const READERS_REST_MS = 130;
/** The rests are longer by up to so much, so that changes do not fall in step with the kernel's clock. */
const SPREAD_MS = 8;
/** So long before a change nothing is left of the one before. */
const STILL_MS = 30;
/** Timers of the engine's process are looked at so often. */
const LOOK_MS = 10;

interface Round {
  /** Change to the first answer of the new instance, ms. */
  readonly effect: number[];
  /** The same client's wait, ms, from moments at which nothing changes to an answer asked for after them. */
  readonly still: number[];
  /** Change to the last reader having its answer, ms; empty without readers. */
  readonly readers: number[];
  /** How late the process that holds the registry came to its work, ms. */
  readonly lateP99: number;
}

export const registry: Bench = {
  id: 'registry',
  async run(context) {
    const alone = context.quick ? 60 : 300;
    const watched = context.quick ? 30 : 150;
    const rounds = context.rounds(3, 1);
    const set = await open(context.work);
    const without: Round[] = [];
    const within: Round[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        context.note(`registry, round ${round + 1} of ${rounds}`);
        without.push(await measure(set, alone, 0));
        within.push(await measure(set, watched, WATCHERS));
      }
    } finally {
      await set.close();
    }
    const p99 = (list: readonly Round[]) =>
      percentile(
        list.flatMap(({ effect }) => effect),
        0.99,
      );
    return {
      title: 'Registry',
      about: [
        `Two instances of one service take turns: one becomes ready, then the other leaves. *Effect*: from that change in the engine's process to an answer of the new instance having reached a client that asks the gateway without pause; a connection to the instance and one HTTP exchange are part of it. Instance and client are C programs. *No change*: the floor of the same client in the same run, from moments shortly before the changes, at which nothing happens, to an answer that was asked for after them: what of the tail is the scheduler's. *Readers*: ${WATCHERS} connections of another process, each blocked on \`/v1/health/service/catalog?index=...\` and asking again as soon as it is answered; until the last of them has its answer. *Late*: how late timers of the engine's process fire (its event loop), the readers being answered there.`,
        `${alone} changes a round without readers and ${watched} with them, each some ${REST_MS} ms after the effect of the one before or ${READERS_REST_MS} ms after the last reader has its answer; ${rounds} round${rounds === 1 ? '' : 's'} of each in turns. Client, instance and readers share one core; engine and gateway, one process, may use both.`,
      ],
      tables: [
        {
          caption: 'ms',
          columns: ['', 'effect p50', 'effect p99', 'no change p50', 'no change p99', 'last reader p50', 'late p99'],
          rows: [
            ['no readers', ...cells(without)],
            [`${WATCHERS} readers`, ...cells(within)],
          ],
        },
      ],
      goals: [
        atMost('change to effect, p99', p99(without), 5, 'ms'),
        atMost(`change to effect, p99, with ${WATCHERS} readers`, p99(within), 5, 'ms'),
      ],
      skipped: [],
    };
  },
};

function cells(rounds: readonly Round[]): string[] {
  const readers = rounds.flatMap((round) => round.readers);
  const late = median(rounds.map(({ lateP99 }) => lateP99));
  const waits = [rounds.flatMap(({ effect }) => effect), rounds.flatMap(({ still }) => still)];
  return [...waits.flatMap((values) => [median(values), percentile(values, 0.99)]), ...[median(readers), late]].map(
    figure,
  );
}

interface Parts {
  readonly registry: Registry;
  readonly httpPort: number;
  readonly gatewayPort: number;
  readonly backendPort: number;
  readonly work: Workspace;
  close(): Promise<void>;
}

async function open(work: Workspace): Promise<Parts> {
  // As the engine's process has it.
  collectYoungAlone();
  const table = new Registry();
  const registrations = new Registrations(table, () => {});
  const face = consul({ registry: table, registrations, node: { name: 'bench', id: 'bench' } });
  const http = await openRegistryHttp({ port: 0, token: 'bench', handlers: [face.handle] });
  const gateway = await startGateway({
    registry: table,
    workerFile: pathToFileURL(path.join(work.root, 'dist/gateway/worker.js')),
    onSuspect: () => {},
    onNews: () => {},
    onLost: (message) => {
      throw new Error(message);
    },
    onRestored: () => {},
  });
  const gatewayPort = freeStretch(1);
  await gateway.listen({ id: 'public', kind: 'public', host: '127.0.0.1', port: gatewayPort });
  gateway.setRoutes({ routes: [], balancers: {}, serviceHosts: { 'catalog.localhost': 'catalog' } });
  const backendPort = freeStretch(1);
  const backend = program(work.programs.origin, backendPort, 1);
  await once(backend.stdout!, 'data');
  return {
    ...{ registry: table, httpPort: http.port, gatewayPort, backendPort, work },
    close: async () => {
      await end(backend);
      await gateway.close();
      await http.close();
      face.blocking.close();
    },
  };
}

async function measure(parts: Parts, changes: number, watchers: number): Promise<Round> {
  const { registry: table, httpPort, gatewayPort, backendPort, work } = parts;
  const put = (replica: number, state: 'ready' | 'draining') =>
    table.put({
      id: instanceId(SERVICE, replica, 1),
      service: SERVICE,
      replica,
      host: '127.0.0.1',
      port: backendPort,
      state,
    });
  put(1, 'ready');
  put(2, 'draining');
  const news = new EventEmitter();
  const seen: [label: string, at: number][] = [];
  const moments: { readonly at: number; readonly took: number }[] = [];
  const answered: [index: number, at: number][] = [];
  const probe = program(work.programs.probe, gatewayPort, 'catalog.localhost');
  createInterface({ input: probe.stdout! }).on('line', (line) => {
    const [label, at, took] = line.split(' ');
    if (label === 'at') moments.push({ at: Number(at), took: Number(took) });
    else news.emit('news', seen.push([label!, Number(at)]));
  });
  const readers = watchers === 0 ? null : startReaders(work, httpPort, watchers);
  readers?.on('message', (message) => news.emit('news', answered.push(message as [number, number])));
  // Without a timer of ours: what waits here shares its thread with the engine.
  const until = async (test: () => boolean): Promise<void> => {
    while (!test()) await once(news, 'news', { signal: AbortSignal.timeout(60_000) });
  };
  await until(() => seen.length > 0 && (readers === null || answered.length > 0));
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  delay.enable();
  const made: { readonly label: string; readonly at: number }[] = [];
  const indexes: number[] = [];
  for (let i = 0; i < changes; i++) {
    await pause((readers === null ? REST_MS : READERS_REST_MS) + Math.random() * SPREAD_MS);
    const next = i % 2 === 0 ? 2 : 1;
    const before = seen.length;
    // The kernel's monotonic clock is one for all processes.
    const at = nowMs();
    put(next, 'ready');
    put(3 - next, 'draining');
    made.push({ label: `catalog.${next}`, at });
    indexes.push(table.versionOf('catalog') + 1);
    await until(() => seen.length > before && (readers === null || (answered.at(-1)?.[0] ?? 0) >= indexes.at(-1)!));
  }
  delay.disable();
  await Promise.all([end(probe), ...(readers ? [end(readers)] : [])]);
  return {
    effect: made.map(({ label, at }) => seen.find(([who, when]) => who === label && when >= at)![1] - at),
    still: moments
      .filter(({ at }) => made.some((one) => at < one.at && at > one.at - STILL_MS))
      .map(({ took }) => took),
    readers: readers ? made.map(({ at }, i) => answered.find(([index]) => index >= indexes[i]!)![1] - at) : [],
    lateP99: Math.max(0, delay.percentile(99) / 1e6 - LOOK_MS),
  };
}

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function program(file: string, ...args: readonly (string | number)[]): ChildProcess {
  return spawn('taskset', ['-c', OTHER_CORE, file, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function startReaders(work: Workspace, port: number, count: number): ChildProcess {
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
  const args = ['-c', OTHER_CORE, process.execPath, work.fixture('registry-readers.mjs'), port, count];
  return spawn('taskset', args.map(String), { stdio: [...stdio] });
}

/** Its output has been read to the end then. */
async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'close');
  child.kill('SIGTERM');
  await gone;
}
