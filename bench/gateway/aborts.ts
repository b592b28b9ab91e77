/**
 * How long it takes until the leaving of a client is passed on by a busy proxy: from the moment that the client closes to
 * the moment that the origin sees the end of its own connection. nginx stands beside msvc, under the same load.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type BenchContext } from '../harness/bench.ts';
import { figure, percentile } from '../harness/stats.ts';
import { msvcGateway } from '../proxies/msvc.ts';
import { type RunningProxy, startProxy } from '../proxies/proxy.ts';
import { nginx } from '../proxies/system-proxies.ts';
import { runLoad, startOrigin } from './load.ts';
import type { Part } from './part.ts';

const CONNECTIONS = 64;
const BETWEEN_MS = 10;
/** An abort that the origin has not heard of by then was not passed on. */
const LOST_MS = 2_000;

interface Abort {
  readonly ms: number;
  /** For so long, in this time, a thread of the proxy had work and no core: this machine's part, not the proxy's. */
  readonly waitedMs: number;
}

/** @param port the first of three free ones */
export async function measureAborts(context: BenchContext, port: number): Promise<Part> {
  const { work, quick } = context;
  const kinds = [nginx, msvcGateway].filter((kind) => kind.missing(work) === undefined);
  const origin = new HeldRequests();
  const stopOrigin = await startOrigin(work, port, 1, (line) => origin.said(line));
  const aborts = new Map<string, Abort[]>(kinds.map(({ name }) => [name, []]));
  try {
    for (let round = 0; round < context.rounds(5, 1); round++) {
      for (const [index, kind] of kinds.entries()) {
        const dir = work.folder(`aborts-${index}`);
        const proxy = await startProxy(kind, work, { port: port + 1 + index, origins: [port], dir });
        const load = { connections: CONNECTIONS, ms: quick ? 1_000 : 3_000, path: '/', uploadBytes: 0 };
        try {
          let isLoaded = false;
          const loading = runLoad(work, proxy.port, load, () => {
            isLoaded = !isLoaded;
            return Number.NaN;
          });
          while (!isLoaded) await pause(BETWEEN_MS);
          while (isLoaded) {
            for (const how of ['FIN', 'RST'] as const) aborts.get(kind.name)!.push(await abort(proxy, origin, how));
            await pause(BETWEEN_MS);
          }
          await loading;
        } finally {
          await proxy.stop();
        }
      }
    }
  } finally {
    await stopOrigin();
  }
  const took = (name: string, share: number): number => percentile(aborts.get(name)?.map(({ ms }) => ms) ?? [], share);
  const own = (name: string): number => {
    const all = aborts.get(name) ?? [];
    return percentile(
      all.map(({ ms, waitedMs }) => ms - waitedMs),
      1,
    );
  };
  return {
    tables: [
      {
        caption: `A client leaves before its answer while ${CONNECTIONS} others ask; ms until the origin sees its connection end. The last column leaves out the time in which the proxy had work and others had its core`,
        columns: ['', 'aborts', 'median', 'p99', 'longest', 'longest, its own'],
        rows: kinds.map(({ name }) => [
          name,
          String(aborts.get(name)!.length),
          ...[0.5, 0.99, 1].map((share) => figure(took(name, share))),
          figure(own(name)),
        ]),
      },
    ],
    goals: [
      atMost('Aborts are passed on: p99', took('msvc', 0.99), 100, 'ms'),
      atMost('Aborts are passed on: the longest, waits for a core left out', own('msvc'), 100, 'ms'),
    ],
    skipped: [nginx, msvcGateway].flatMap((kind) => {
      const why = kind.missing(work);
      return why === undefined ? [] : [`aborts: ${why}`];
    }),
  };
}

async function abort(proxy: RunningProxy, origin: HeldRequests, how: 'FIN' | 'RST'): Promise<Abort> {
  const id = origin.newId();
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const held = origin.hears(`held ${id}`);
  socket.write(`GET /hold/${id} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await held;
  const gone = origin.hears(`gone ${id}`);
  const before = proxy.waitedUs();
  const leftAtUs = Number(process.hrtime.bigint() / 1000n);
  if (how === 'FIN') socket.destroy();
  else socket.resetAndDestroy();
  const ms = ((await gone) - leftAtUs) / 1_000;
  const waited = [...proxy.waitedUs()].map(([thread, us]) => us - (before.get(thread) ?? us));
  return { ms, waitedMs: Math.min(ms, Math.max(...waited) / 1_000) };
}

/** What the origin says of the requests that it holds: `held 7`, and `gone 7 <microseconds of the monotonic clock>`. */
class HeldRequests {
  readonly #awaited = new Map<string, (us: number) => void>();
  #last = 0;

  newId(): number {
    return ++this.#last;
  }

  said(line: string): void {
    const [what, id, us] = line.split(' ');
    const key = `${what} ${id}`;
    this.#awaited.get(key)?.(Number(us));
    this.#awaited.delete(key);
  }

  /** @throws when it does not in {@link LOST_MS} */
  hears(what: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const lost = setTimeout(() => reject(new Error(`no "${what}" in ${LOST_MS} ms`)), LOST_MS);
      this.#awaited.set(what, (us) => {
        clearTimeout(lost);
        resolve(us);
      });
    });
  }
}
