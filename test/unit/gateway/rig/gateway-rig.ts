/** A gateway in this process with real sockets on both sides; everything that was opened is closed at the end. */
import { afterEach, expect } from 'vitest';
import type { Limits } from '../../../../src/gateway/limits.ts';
import type { GatewayNews, RouteTable } from '../../../../src/gateway/protocol.ts';
import { GatewayServer } from '../../../../src/gateway/server.ts';
import { instanceId, type ServiceName, serviceName } from '../../../../src/model/names.ts';
import type { Route, RouteFilter, RouteMatch } from '../../../../src/model/route.ts';
import { type NewRow, Registry } from '../../../../src/registry/registry.ts';
import { RawBackend } from './raw-backend.ts';
import { RawClient } from './raw-client.ts';

export const APP = serviceName('app');

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function onCleanup(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export function route(
  service: string,
  path: string,
  more: Partial<Omit<Route, 'matches'>> & { match?: Partial<RouteMatch> } = {},
): Route {
  const { match, ...rest } = more;
  return {
    service: service as ServiceName,
    hostnames: [],
    matches: [{ path: { type: 'PathPrefix', value: path }, ...match }],
    filters: [] as RouteFilter[],
    timeouts: {},
    place: { file: 'msvc.yaml', line: 1, column: 1 },
    ...rest,
  };
}

export class GatewayRig {
  readonly registry = new Registry();
  readonly gateway: GatewayServer;
  readonly suspects: { instance: string; count: number }[] = [];
  readonly news: GatewayNews[] = [];
  port = 0;
  edgePort = 0;

  constructor(limits: Partial<Limits> = {}) {
    this.gateway = new GatewayServer(
      {
        onSuspect: (instance, count) => this.suspects.push({ instance, count }),
        onNews: (news) => this.news.push(news),
      },
      limits,
    );
    const { snapshot } = this.registry.watch((change) => this.gateway.changeRegistry(change));
    this.gateway.setRegistry(snapshot);
  }

  /** Backend `app` with one ready instance, a route `/` to it, the public port and an edge `caller>app`. */
  static async open(limits: Partial<Limits> = {}, table: Partial<RouteTable> = {}): Promise<GatewayRig> {
    const rig = new GatewayRig(limits);
    rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, ...table });
    rig.port = await rig.gateway.listen({ id: 'public', host: '127.0.0.1', port: 0, kind: 'public' });
    rig.edgePort = await rig.gateway.listen({
      ...{ id: 'edge:web>app', host: '127.0.0.1', port: 0, kind: 'edge' },
      ...{ caller: 'web', callee: 'app' },
    });
    rig.registry.setAvailability(APP, 'expected');
    onCleanup(() => {
      rig.gateway.close();
      expect(rig.gateway.stats().connections).toBe(0);
    });
    return rig;
  }

  async backend(replica = 1, state: NewRow['state'] = 'ready', service = APP): Promise<RawBackend> {
    const backend = await RawBackend.open();
    onCleanup(() => backend.close());
    this.put(backend.port, replica, state, service);
    return backend;
  }

  put(port: number, replica = 1, state: NewRow['state'] = 'ready', service = APP): void {
    this.registry.put({ id: instanceId(service, replica, 1), service, replica, host: '127.0.0.1', port, state });
  }

  async client(port = this.port): Promise<RawClient> {
    const client = await RawClient.open(port);
    onCleanup(() => client.destroy());
    return client;
  }
}

/** An answer with a length. */
export function answer(body = 'ok', status = '200 OK', more = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
}

export function get(path = '/', more = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
}
