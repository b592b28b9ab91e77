/** The engine's side with a real worker thread, bundled as it is shipped: messages, and what happens when the thread dies. */

import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway, GatewayOptions } from '../../../src/gateway/gateway.ts';
import { beginGateway, startGateway } from '../../../src/gateway/start.ts';
import { instanceId } from '../../../src/model/names.ts';
import { Registry } from '../../../src/registry/registry.ts';
import { listeningSocket } from '../../../src/runtime/listening-socket.ts';
import { freePort } from '../../rig/free-port.ts';
import { lacks, skipIf } from '../../rig/skip.ts';
import { APP, get, onCleanup, route } from './rig/gateway-rig.ts';
import { RawClient } from './rig/raw-client.ts';

let folder: string;
let workerFile: URL;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'msvc-gateway-'));
  const outfile = path.join(folder, 'worker.mjs');
  const source = fileURLToPath(new URL('../../../src/gateway/worker.ts', import.meta.url));
  // As it is shipped, and with a way to make the thread die as an uncaught error would.
  const stdin = {
    contents: `import ${JSON.stringify(source)}; import { parentPort } from 'node:worker_threads';
      import { writeFileSync } from 'node:fs';
      process.on('exit', (code) => writeFileSync(${JSON.stringify(path.join(folder, 'ended'))}, String(code)));
      parentPort.on('message', (messages) => {
        if (messages.some(({ peers }) => peers?.includes('crash'))) throw new Error('a bug');
        if (messages.some(({ instance }) => instance === 'crash')) setImmediate(() => { throw new Error('a bug'); });
      });`,
    resolveDir: folder,
    loader: 'js' as const,
  };
  await build({ stdin, outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20.19' });
  workerFile = pathToFileURL(outfile);
});

// A thread that leaves may write its last while the folder goes.
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function start(openSocket?: GatewayOptions['openSocket'], begin = startGateway) {
  const registry = new Registry();
  registry.setAvailability(APP, 'expected');
  const happened: string[] = [];
  const watchers = new Set<() => void>();
  const note = (what: string): void => {
    happened.push(what);
    for (const watcher of watchers) watcher();
  };
  const gateway: Gateway = await begin({
    registry,
    workerFile,
    ...(openSocket && { openSocket }),
    onSuspect: (instance, count) => note(`suspect ${instance} ${count}`),
    onNews: ({ type }) => note(type),
    onLost: (message) => note(`lost ${message}`),
    onRestored: () => note('restored'),
  });
  onCleanup(() => gateway.close());
  const server = createServer((request, response) => {
    if (request.url !== '/held') response.end(`app ${request.url}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  const until = (what: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!happened.some((text) => text.startsWith(what))) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  const ready = (): void =>
    registry.put({
      id: instanceId(APP, 1, 1),
      service: APP,
      replica: 1,
      host: '127.0.0.1',
      port: (server.address() as { port: number }).port,
      state: 'ready',
    });
  return { gateway, registry, happened, until, ready };
}

async function ask(port: number, target = '/'): Promise<string> {
  const client = await RawClient.open(port);
  const { body } = await client.send(get(target)).response();
  client.destroy();
  return body;
}

const LISTENING = [
  ['it listens itself', undefined],
  ['it is given sockets that listen', listeningSocket],
] as const;

describe.each(LISTENING)('where %s', (_, openSocket) => {
  it('listens, routes, follows the registry, counts, drains and closes', async () => {
    const { gateway, ready } = await start(openSocket);
    const [port, edge] = [await freePort(), await freePort()];
    gateway.setRoutes({ routes: [route('app', '/')], balancers: {} });
    await gateway.listen({ id: 'public', host: '127.0.0.1', port, kind: 'public' });
    await gateway.listen({
      id: 'edge:web>app',
      host: '127.0.0.1',
      port: edge,
      kind: 'edge',
      caller: 'web',
      callee: 'app',
    });
    const waiting = ask(port, '/parked');
    ready();
    expect(await waiting).toBe('app /parked');
    expect(await ask(edge, '/edge')).toBe('app /edge');
    const stats = await gateway.stats();
    expect(stats.edges.map(({ caller, callee, requests }) => [caller, callee, requests])).toEqual([
      ['client', 'app', 1],
      ['web', 'app', 1],
    ]);
    expect(stats.edges[0]?.p99).toBeGreaterThan(0);
    expect(stats.instances).toMatchObject([{ instance: 'app.1@1', requests: 2, inFlight: 0 }]);
    await gateway.drain('app.1@1', 1_000);
    await gateway.unlisten('edge:web>app');
    await expect(RawClient.open(edge)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await gateway.close();
    await expect(RawClient.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('a drain that is waited for when it closes is over: nobody has to expect an error', async () => {
    const { gateway, registry, ready } = await start(openSocket);
    const port = await freePort();
    gateway.setRoutes({ routes: [route('app', '/')], balancers: {} });
    await gateway.listen({ id: 'public', host: '127.0.0.1', port, kind: 'public' });
    ready();
    const client = await RawClient.open(port);
    onCleanup(() => client.destroy());
    client.send(get('/held'));
    while ((await gateway.stats()).instances[0]?.inFlight !== 1) await new Promise((resolve) => setImmediate(resolve));
    registry.put({ ...registry.row(instanceId(APP, 1, 1))!, state: 'draining' });
    const drained = gateway.drain('app.1@1', 60_000);
    await gateway.close();
    await expect(drained).resolves.toBeUndefined();
  });

  it('a taken port is an error with the code of the system', async () => {
    const { gateway } = await start(openSocket);
    const port = await freePort();
    const taken = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    onCleanup(() => void taken.close());
    await expect(gateway.listen({ id: 'public', host: '127.0.0.1', port, kind: 'public' })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('a worker that dies is replaced on the same ports, with the same table and registry', async () => {
    const { gateway, ready, happened, until } = await start(openSocket);
    const port = await freePort();
    gateway.setRoutes({ routes: [route('app', '/')], balancers: {} });
    await gateway.listen({ id: 'public', host: '127.0.0.1', port, kind: 'public' });
    ready();
    expect(await ask(port)).toBe('app /');
    // Resolved, for what was in flight died with the thread.
    await gateway.drain('crash', 60_000);
    await until('restored');
    expect(happened[0]).toBe('lost a bug');
    expect(await ask(port, '/again')).toBe('app /again');
  });

  it('who may connect is settled though the worker dies of it twice: the next one is told at its start', async () => {
    const { gateway, happened, ready } = await start(openSocket);
    const port = await freePort();
    const listener = { id: 'edge', host: '127.0.0.1', port, kind: 'edge', caller: 'web', callee: 'app' } as const;
    await gateway.listen(listener);
    ready();
    await gateway.admit('edge', ['crash']);
    expect(happened.filter((what) => what.startsWith('lost'))).toHaveLength(2);
    await expect(ask(port)).rejects.toThrow('connection over');
    await gateway.admit('edge', ['127.0.0.1']);
    expect(await ask(port)).toBe('app /');
  });

  it('what is asked of a gateway that is closed is answered', async () => {
    const { gateway } = await start(openSocket);
    await gateway.close();
    await gateway.drain('app.1@1', 60_000);
    await gateway.unlisten('public');
    await expect(gateway.stats()).rejects.toThrow('closed');
  });

  it('when it is closed its port is free and who was connected is not any more; its thread ends', async () => {
    const { gateway, ready } = await start(openSocket);
    const port = await freePort();
    gateway.setRoutes({ routes: [route('app', '/')], balancers: {} });
    await gateway.listen({ id: 'public', host: '127.0.0.1', port, kind: 'public' });
    ready();
    const client = await RawClient.open(port);
    await client.send(get('/')).response();
    await gateway.close();
    await expect(RawClient.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await client.closed();
    await gateway.ended();
  });

  it('of a process that leaves, who listens for the thread’s end has been told when it is closed', async () => {
    const { gateway, ready } = await start(openSocket);
    const port = await freePort();
    gateway.setRoutes({ routes: [route('app', '/')], balancers: {} });
    await gateway.listen({ id: 'public', host: '127.0.0.1', port, kind: 'public' });
    ready();
    await rm(path.join(folder, 'ended'), { force: true });
    await gateway.close({ leaving: true });
    expect(await readFile(path.join(folder, 'ended'), 'utf8')).toBe('0');
    await expect(RawClient.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await gateway.ended();
  });

  it('what it was told is settled when the thread goes by it, though that one dies meanwhile; and when it closes', async () => {
    const { gateway, ready, until } = await start(openSocket);
    const port = await freePort();
    gateway.setRoutes({ routes: [], balancers: {} });
    await gateway.listen({ id: 'public', host: '127.0.0.1', port, kind: 'public' });
    ready();
    await gateway.settled();
    void gateway.drain('crash', 60_000);
    await until('lost');
    gateway.setRoutes({ routes: [route('app', '/')], balancers: {} });
    await gateway.settled();
    await until('restored');
    expect(await ask(port)).toBe('app /');
    const settled = gateway.settled();
    await gateway.close();
    await expect(settled).resolves.toBeUndefined();
    await expect(gateway.settled()).resolves.toBeUndefined();
  });
});

describe('sockets that listen before the thread runs', () => {
  const lacking = process.platform === 'linux' ? lacks('cc') : 'compiled on Linux only';
  const PUBLIC = { id: 'public', host: '127.0.0.1', kind: 'public' } as const;
  /** Whether the thread ran when it was asked. */
  const begun = () => {
    let runs = false;
    const begin = (options: GatewayOptions): Promise<Gateway> => {
      const gateway = beginGateway(options);
      gateway.started.then(() => {
        runs = true;
      });
      return Promise.resolve(gateway);
    };
    return { begin, runs: () => runs };
  };

  it('whoever connects waits, and is answered', async (context) => {
    skipIf(context, lacking);
    const { begin, runs } = begun();
    const { gateway, ready } = await start(listeningSocket, begin);
    const port = await freePort();
    gateway.setRoutes({ routes: [route('app', '/')], balancers: {} });
    await gateway.listen({ ...PUBLIC, port });
    expect(runs()).toBe(false);
    ready();
    const client = await RawClient.open(port);
    expect(runs()).toBe(false);
    expect((await client.send(get('/early')).response()).body).toBe('app /early');
    client.destroy();
  });

  it('what is closed before it was taken over is free again', async (context) => {
    skipIf(context, lacking);
    const { begin, runs } = begun();
    const { gateway } = await start(listeningSocket, begin);
    const port = await freePort();
    await gateway.listen({ ...PUBLIC, port });
    const closed = gateway.unlisten('public');
    expect(runs()).toBe(false);
    await closed;
    await expect(RawClient.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await gateway.listen({ ...PUBLIC, port });
    await gateway.close();
    await expect(RawClient.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('what a thread that dies has not taken over is listened on by the next one, once', async (context) => {
    skipIf(context, lacking);
    const { gateway, ready, until } = await start(listeningSocket);
    const port = await freePort();
    gateway.setRoutes({ routes: [route('app', '/')], balancers: {} });
    ready();
    // It dies of this in a moment; what it is told after that it never hears.
    void gateway.drain('crash', 60_000);
    await until('lost');
    await gateway.listen({ ...PUBLIC, port });
    await until('restored');
    expect(await ask(port)).toBe('app /');
    await gateway.unlisten('public');
    await expect(RawClient.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
