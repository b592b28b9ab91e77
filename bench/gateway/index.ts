/**
 * The gateway beside other proxies: CPU per request and per byte, latency, growth with routes and instances, memory.
 * Each proxy has one core, load and origin the other.
 */
import type { Bench, Goal, Table } from '../harness/bench.ts';
import { freeStretch } from '../harness/ports.ts';
import { PROXIES } from '../proxies/index.ts';
import { type RunningProxy, startProxy } from '../proxies/proxy.ts';
import { measureGrowth } from './growth.ts';
import { startOrigin } from './load.ts';
import { measureMemory } from './memory.ts';
import { measureTraffic } from './traffic.ts';

const ORIGINS = 300;
const INSTANCES = 3;

export const gateway: Bench = {
  id: 'gateway',
  run: async (context) => {
    const { work } = context;
    const first = freeStretch(ORIGINS + PROXIES.length + 8);
    const origins = Array.from({ length: ORIGINS }, (_, index) => first + index);
    const port = first + ORIGINS;
    const running: RunningProxy[] = [];
    const skipped: string[] = [];
    const tables: Table[] = [];
    const goals: Goal[] = [];
    const add = (part: { tables: Table[]; goals: Goal[] }): void => {
      tables.push(...part.tables);
      goals.push(...part.goals);
    };
    const stopOrigin = await startOrigin(work, first, ORIGINS);
    try {
      for (const [index, proxy] of PROXIES.entries()) {
        const dir = work.folder(`proxy-${index}`);
        const why = proxy.missing(work);
        if (why !== undefined) skipped.push(why);
        else {
          const setup = { port: port + index, origins: origins.slice(0, INSTANCES), dir };
          running.push(await startProxy(proxy, work, setup));
        }
      }
      add(await measureTraffic(context, running, first));
      add(await measureMemory(context, running));
      add(await measureGrowth(context, origins, port + PROXIES.length));
    } finally {
      await Promise.all(running.map((proxy) => proxy.stop()));
      await stopOrigin();
    }
    return {
      title: 'Gateway',
      about: [
        `Each proxy runs on one core, the load and ${INSTANCES} origins (C programs) share the other. All proxies run all ` +
          'the time and are measured in turns. *CPU* is the on-CPU time of all threads of the proxy by the account of ' +
          'the scheduler, user and system, divided by the requests (or MiB) of the same stretch of time: on a machine ' +
          'that others use too it says more than rates do.',
        'msvc is the worker thread of the build, started by a small host, with everything on that is on by default: ' +
          'routes, power of two choices, request ids, trace context, X-Forwarded-* and Forwarded, Via, counters, ' +
          'histograms, limits. The others have keep-alive on both sides, one worker, no access log, no files between, ' +
          'and do less: one route, no ids, no traces.',
      ],
      tables,
      goals,
      skipped,
    };
  },
};
