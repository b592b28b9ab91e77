/** What connections that do nothing hold, and what a reader that is much slower than the origin makes a proxy hold. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type BenchContext } from '../harness/bench.ts';
import { figure } from '../harness/stats.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import { holdConnections, runLoad } from './load.ts';
import type { Part } from './part.ts';

const READER_BYTES_PER_SECOND = 64 * 1024;
const GIGABYTE = 1_000_000_000;
/** Idle connections before those that are counted, and those. */
const FIRST = 64;
const MORE = 3_000;

/**
 * Both of each proxy; idle connections one proxy after the other, the slow readers at the same time.
 * @param proxies that have had no traffic: room in a heap that grew before would hide what connections take
 */
export async function measureMemory(context: BenchContext, proxies: readonly RunningProxy[]): Promise<Part> {
  const seconds = context.quick ? 3 : 30;
  /** KB for each idle connection. */
  const held = new Map<string, number>();
  for (const proxy of proxies) {
    try {
      // Code is compiled, and what a heap sets aside for the young is in use, before anything is counted.
      await runLoad(context.work, proxy.port, {
        connections: FIRST,
        ms: context.quick ? 700 : 2_000,
        path: '/',
        uploadBytes: 0,
      });
      const closeFirst = await holdConnections(context.work, proxy.port, FIRST);
      await pause(500);
      const before = proxy.rssMb();
      const close = await holdConnections(context.work, proxy.port, MORE);
      await pause(500);
      held.set(proxy.name, ((proxy.rssMb() - before) * 1024) / MORE);
      await close();
      await closeFirst();
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
    skipped: [],
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
