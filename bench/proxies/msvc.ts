/** msvc's own gateway: the worker thread of the build in dist/, started by a small host that does what the engine does. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { Place, ProxyKind } from './proxy.ts';

function workerFile(work: Place): string {
  return path.join(work.root, 'dist/gateway/worker.js');
}

let host: Promise<string> | undefined;

/** Bundled once for all. */
function hostFile(work: Place): Promise<string> {
  host ??= (async () => {
    const outfile = path.join(work.dir, 'gateway-host.mjs');
    const entryPoints = [path.join(work.root, 'bench/fixtures/gateway-host.ts')];
    await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20.19' });
    return outfile;
  })();
  return host;
}

export const msvcGateway: ProxyKind = {
  name: 'msvc',
  missing: (work) => (existsSync(workerFile(work)) ? undefined : 'msvc is not built'),
  command: async (work, setup) => [
    // Another Node, or a profiler's flags, for who looks closer.
    ...(process.env.BENCH_NODE?.split(' ') ?? [process.execPath]),
    await hostFile(work),
    workerFile(work),
    String(setup.port),
    String(setup.routes ?? 10),
    ...setup.origins.map(String),
  ],
};
