/**
 * The gateway beside other proxies: CPU per request and per byte, latency, memory, growth with routes and instances, and
 * what the noise of its own system does to it. Each proxy has one core, load and origin the other.
 */
import type { Bench, Section } from '../harness/bench.ts';
import { freeStretch } from '../harness/ports.ts';
import { PROXIES } from '../proxies/index.ts';
import { type RunningProxy, startProxy } from '../proxies/proxy.ts';
import { measureAborts } from './aborts.ts';
import { measureGrowth } from './growth.ts';
import { measureIsolation } from './isolation.ts';
import { startOrigin } from './load.ts';
import { measureMemory } from './memory.ts';
import { TURN_MS } from './pairs.ts';
import type { Part } from './part.ts';
import { BASE, measureTraffic, OURS } from './traffic.ts';

const ORIGINS = 300;
const INSTANCES = 3;

export const gateway: Bench = {
  id: 'gateway',
  run: async (context) => {
    const { work } = context;
    const usable = PROXIES.filter((proxy) => proxy.missing(work) === undefined);
    const first = freeStretch(ORIGINS + PROXIES.length + 8);
    const origins = Array.from({ length: ORIGINS }, (_, index) => first + index);
    const port = first + ORIGINS;
    /** Each measured part is on record before the next one begins. */
    const parts: Part[] = [{ tables: [], goals: [], skipped: PROXIES.flatMap((proxy) => proxy.missing(work) ?? []) }];
    const add = async (name: string, part: Promise<Part>): Promise<void> => {
      const began = performance.now();
      parts.push(await part);
      context.note(`gateway, ${name}: ${((performance.now() - began) / 1_000).toFixed(0)} s`);
      context.soFar(sectionOf(parts));
    };
    /** Proxies that nothing has gone through yet. */
    const withFresh = async (name: string, measure: (running: readonly RunningProxy[]) => Promise<Part>) => {
      const running: RunningProxy[] = [];
      try {
        for (const [index, proxy] of usable.entries()) {
          const dir = work.folder(`${name}-${index}`);
          const setup = { port: port + index, origins: origins.slice(0, INSTANCES), dir };
          running.push(await startProxy(proxy, work, setup));
        }
        return await measure(running);
      } finally {
        await Promise.all(running.map((proxy) => proxy.stop()));
      }
    };
    const stopOrigin = await startOrigin(work, first, ORIGINS);
    try {
      await add(
        'traffic',
        withFresh('traffic', (running) => measureTraffic(context, running, first)),
      );
      await add(
        'memory',
        withFresh('memory', (running) => measureMemory(context, running)),
      );
      await add('growth', measureGrowth(context, origins, port));
    } finally {
      await stopOrigin();
    }
    await add('aborts', measureAborts(context, first));
    await add('isolation', measureIsolation(context));
    return sectionOf(parts);
  },
};

function sectionOf(parts: readonly Part[]): Section {
  return {
    title: 'Gateway',
    about: [
      `Each proxy runs on one core, the load and ${INSTANCES} origins (C programs) share the other. All proxies run all ` +
        'the time and are measured in turns. *CPU* is the on-CPU time of all threads of the proxy by the account of ' +
        'the scheduler, user and system, divided by the requests (or MiB) of the same stretch of time: on a machine ' +
        'that others use too it says more than rates do. Connections are made, on both sides, before anything is counted.',
      `${BASE} and ${OURS} take their turns together, in pairs: ${TURN_MS} ms each, right beside one another, over connections ` +
        'that stay open, the second of a pair being the first of the next. A turn ends with its last answer, and CPU is ' +
        `read while the proxy has nothing to do. What the goals say of the two, and of ${OURS} under *x ${BASE}*, is the ` +
        'median over all pairs: what a shared machine does to one of a pair it does to the other. So it need not be the ' +
        'quotient of the medians beside it. Growth is measured in the same way, each case beside the one with fewer routes ' +
        'or instances. All other relations are those of medians.',
      'msvc is the worker thread of the build, started by a small host, with everything on that is on by default: ' +
        'routes, power of two choices, request ids, trace context, X-Forwarded-* and Forwarded, Via, counters, ' +
        'histograms, limits. The others have keep-alive on both sides, one worker, no access log, no files between, ' +
        'and do less: one route, no ids, no traces.',
    ],
    tables: parts.flatMap(({ tables }) => tables),
    goals: parts.flatMap(({ goals }) => goals),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
}
