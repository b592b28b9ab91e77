/**
 * From a change in the registry to its effect in the gateway, alone and with a thousand readers of the service blocked
 * on the registry's HTTP port. Everything is the real thing: the gateway's thread, its sockets, the Consul face.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
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

const SERVICE = serviceName('catalog');
const WATCHERS = 1_000;
/** Between two changes: longer than it takes to answer all readers, so that each change finds them waiting. */
const EVERY_MS = 250;

interface Round {
  /** Change to the first answer of the new instance, ms. */
  readonly effect: number[];
  /** Change to the last reader having its answer, ms; empty without readers. */
  readonly readers: number[];
  /** How late the process that holds the registry came to its work, ms. */
  readonly lateP99: number;
}

export const registry: Bench = {
  id: 'registry',
  async run(context) {
    const changes = context.quick ? 40 : 120;
    const rounds = context.rounds(3, 1);
    const set = await open(context.work);
    const alone: Round[] = [];
    const watched: Round[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        context.note(`registry, round ${round + 1} of ${rounds}`);
        alone.push(await measure(set, changes, 0));
        watched.push(await measure(set, changes, WATCHERS));
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
        `Two instances of one service take turns: one becomes ready, then the other leaves. *Effect*: from that change in the engine's process to an answer of the new instance having reached a client that asks the gateway without pause; a connection to the instance and one HTTP exchange are part of it. Instance and client are C programs. *Readers*: ${WATCHERS} connections of another process, each blocked on \`/v1/health/service/catalog?index=...\` and asking again as soon as it is answered; until the last of them has its answer. *Late*: how late timers of the engine's process fire (its event loop), the readers being answered there.`,
        `${changes} changes a round, ${EVERY_MS} ms apart, ${rounds} round${rounds === 1 ? '' : 's'} of each in turns. Client, readers and engine share the machine's cores.`,
      ],
      tables: [
        {
          caption: 'ms',
          columns: ['', 'effect p50', 'effect p99', 'last reader p50', 'late p99'],
          rows: [
            ['no readers', ...cells(alone)],
            [`${WATCHERS} readers`, ...cells(watched)],
          ],
        },
      ],
      goals: [
        atMost('change to effect, p99', p99(alone), 5, 'ms'),
        atMost(`change to effect, p99, with ${WATCHERS} readers`, p99(watched), 5, 'ms'),
      ],
      skipped: [],
    };
  },
};

function cells(rounds: readonly Round[]): string[] {
  const effect = rounds.flatMap((round) => round.effect);
  const readers = rounds.flatMap((round) => round.readers);
  const late = median(rounds.map(({ lateP99 }) => lateP99));
  return [figure(median(effect)), figure(percentile(effect, 0.99)), figure(median(readers)), figure(late)];
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
  const probe = program(work.programs.probe, gatewayPort, 'catalog.localhost');
  const readers = watchers === 0 ? null : startReaders(work, httpPort, watchers);
  const seen: [label: string, at: number][] = [];
  const answered: [index: number, at: number][] = [];
  createInterface({ input: probe.stdout! }).on('line', (line) => {
    const [label, at] = line.split(' ');
    seen.push([label!, Number(at)]);
  });
  readers?.on('message', (message) => answered.push(message as [number, number]));
  await until(() => seen.length > 0 && (readers === null || answered.length > 0));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const made: { readonly label: string; readonly at: number }[] = [];
  const indexes: number[] = [];
  for (let i = 0; i < changes; i++) {
    const next = i % 2 === 0 ? 2 : 1;
    const before = seen.length;
    // The kernel's monotonic clock is one for all processes.
    const at = nowMs();
    put(next, 'ready');
    put(3 - next, 'draining');
    made.push({ label: `catalog.${next}`, at });
    indexes.push(table.versionOf('catalog') + 1);
    await pause(EVERY_MS);
    await until(() => seen.length > before);
    if (readers) await until(() => (answered.at(-1)?.[0] ?? 0) >= indexes.at(-1)!);
  }
  delay.disable();
  await Promise.all([end(probe), ...(readers ? [end(readers)] : [])]);
  const effect = made.map(({ label, at }) => seen.find(([who, when]) => who === label && when >= at)![1] - at);
  const last = made.map(({ at }, i) => {
    const answer = answered.find(([index]) => index >= indexes[i]!);
    return answer ? answer[1] - at : Number.NaN;
  });
  return { effect, readers: last.filter(Number.isFinite), lateP99: Math.max(0, delay.percentile(99) / 1e6 - 1) };
}

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function program(file: string, ...args: readonly (string | number)[]): ChildProcess {
  return spawn(file, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
}

function startReaders(work: Workspace, port: number, count: number): ChildProcess {
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
  return fork(work.fixture('registry-readers.mjs'), [port, count].map(String), { execArgv: [], stdio: [...stdio] });
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function until(test: () => boolean): Promise<void> {
  const over = performance.now() + 60_000;
  while (!test()) {
    if (performance.now() > over) throw new Error('a change was never seen');
    await pause(5);
  }
}
