/** The proxy packages for Node, each in a process of its own by `fixtures/node-proxy.mjs`, with keep-alive upstream. */
import { existsSync } from 'node:fs';
import type { ProxyKind } from './proxy.ts';

function nodeProxy(name: string): ProxyKind {
  return {
    name,
    missing: (work) => (existsSync(work.rival(name)) ? undefined : `${name} is not installed`),
    command: (work, setup) => [
      process.execPath,
      work.fixture('node-proxy.mjs'),
      name,
      work.rival(''),
      String(setup.port),
      ...setup.origins.map(String),
    ],
  };
}

export const httpProxy = nodeProxy('http-proxy');
export const httpProxy3 = nodeProxy('http-proxy-3');
export const fastifyHttpProxy = nodeProxy('@fastify/http-proxy');
