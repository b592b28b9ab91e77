/**
 * The process: listens on HOST:PORT, and on SIGTERM finishes what is in flight before it leaves. What the service does
 * is in `app.ts`, its data in `store.ts`.
 */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { createApp } from './app.ts';
import { log } from './log.ts';
import { openStore } from './store.ts';

/** A request that takes longer than this is cut off when the service has to stop. */
const STOP_WITHIN_MS = 5_000;

const store = openStore(process.env.DATABASE_PATH);
const server = serve(
  {
    fetch: createApp(store).fetch,
    hostname: process.env.HOST ?? '127.0.0.1',
    port: Number(process.env.PORT ?? 3000),
  },
  ({ port }) => log('info', 'listening', { port }),
) as Server;
// Longer than the gateway keeps idle connections, so that it is never this side that hangs up first.
server.keepAliveTimeout = 60_000;

function stop(signal: NodeJS.Signals): void {
  log('info', 'stopping', { signal });
  // `close` hangs up the connections that are idle now; those that become idle after their answer are left to us.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const late = setTimeout(() => server.closeAllConnections(), STOP_WITHIN_MS);
  server.close(() => {
    clearInterval(idle);
    clearTimeout(late);
    store.close();
    log('info', 'stopped');
  });
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
