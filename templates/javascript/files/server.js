/**
 * The process: listens on HOST:PORT, and on SIGTERM finishes what is in flight before it leaves. What the service does
 * is in `app.js`, its data in `store.js`.
 */
import { createServer } from 'node:http';
import { createApp } from './app.js';
import { log } from './lib/log.js';
import { openStore } from './store.js';

/** A request that takes longer than this is cut off when the service has to stop. */
const STOP_WITHIN_MS = 5_000;

const store = openStore();
const server = createServer(createApp({ store }));
// Longer than the gateway keeps idle connections, so that it is never this side that hangs up first.
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', () => {
  log('info', 'listening', { port: server.address().port });
});

function stop(signal) {
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
