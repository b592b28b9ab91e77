/** The process: listens on HOST:PORT, and on SIGTERM finishes what is in flight before it leaves. */
import { createServer } from 'node:http';
import { createSite } from './site.js';

const server = createServer(createSite(new URL('public/', import.meta.url)));
// Longer than the gateway keeps idle connections, so that it is never this side that hangs up first.
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', () => {
  console.log(JSON.stringify({ level: 'info', message: 'listening', port: server.address().port }));
});

function stop(signal) {
  console.log(JSON.stringify({ level: 'info', message: 'stopping', signal }));
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const late = setTimeout(() => server.closeAllConnections(), 5_000);
  server.close(() => {
    clearInterval(idle);
    clearTimeout(late);
  });
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
