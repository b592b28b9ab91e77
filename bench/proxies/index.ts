/** Every proxy that is measured. */
import { msvcGateway } from './msvc.ts';
import { fastifyHttpProxy, httpProxy, httpProxy3 } from './node-proxies.ts';
import type { ProxyKind } from './proxy.ts';
import { caddy, haproxy, nginx } from './system-proxies.ts';

export const PROXIES: readonly ProxyKind[] = [
  nginx,
  haproxy,
  caddy,
  httpProxy,
  httpProxy3,
  fastifyHttpProxy,
  msvcGateway,
];
