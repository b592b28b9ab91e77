/** What connections that do nothing hold, and what a reader that is much slower than the origin makes a proxy hold. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type BenchContext, type Goal, type Table } from '../harness/bench.ts';
import { figure } from '../harness/stats.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import { holdConnections } from './load.ts';

const READER_BYTES_PER_SECOND = 64 * 1024;
const GIGABYTE = 1_000_000_000;

/** Both of each proxy; idle connections one proxy after the other, the slow readers at the same time. */
export async function measureMemory(
  context: BenchContext,
  proxies: readonly RunningProxy[],
): Promise<{ tables: Table[]; goals: Goal[] }> {
  const count = 2_000;
  const seconds = context.quick ? 3 : 30;
  /** KB for each idle connection. */
  const held = new Map<string, number>();
  for (const proxy of proxies) {
    try {
      // The heap comes to its size first, by a few.
      await (await holdConnections(context.work, proxy.port, 50))();
      await pause(300);
      const before = proxy.rssMb();
      const close = await holdConnections(context.work, proxy.port, count);
      await pause(300);
      held.set(proxy.name, ((proxy.rssMb() - before) * 1024) / count);
      await close();
    } catch (error) {
      context.note(`${proxy.name}, memory: ${error instanceof Error ? error.message : error}`);
    }
  }
  await pause(1_000);
  const grown = new Map<string, number>();
  await Promise.all(
    proxies.map(async (proxy) => {
      try {
        grown.set(proxy.name, await slowReader(proxy, seconds));
      } catch (error) {
        context.note(`${proxy.name}, slow reader: ${error instanceof Error ? error.message : error}`);
      }
    }),
  );
  return {
    tables: [
      {
        caption: 'Memory',
        columns: ['', 'KB per idle connection', `MB grown, slow reader`],
        rows: proxies.map(({ name }) => [
          name,
          figure(held.get(name) ?? Number.NaN),
          figure(grown.get(name) ?? Number.NaN),
        ]),
      },
    ],
    goals: [
      atMost('Idle client connection', held.get('msvc') ?? Number.NaN, 20, 'KB'),
      atMost(`1 GB towards a reader of 64 KiB/s, ${seconds} s`, grown.get('msvc') ?? Number.NaN, 8, 'MB'),
    ],
  };
}

/** @returns the highest resident size while it reads, less that before, in MB */
async function slowReader(proxy: RunningProxy, seconds: number): Promise<number> {
  const before = proxy.rssMb();
  let most = before;
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  socket.write(`GET /${GIGABYTE} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  let received = 0;
  socket.on('data', (data) => {
    received += data.length;
    socket.pause();
  });
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    await pause(50);
    if (received < ((performance.now() - began) / 1_000) * READER_BYTES_PER_SECOND) socket.resume();
    most = Math.max(most, proxy.rssMb());
  }
  socket.destroy();
  if (received === 0) throw new Error('nothing came');
  return most - before;
}
