/**
 * The HTTP side that the Node services share: routes, JSON in and out, errors as problems, a health answer, one log
 * line a request, and a graceful end. It listens on HOST:PORT, which msvc chooses.
 */
import { createServer } from 'node:http';
import { log } from './log.js';
import { Problem } from './problem.js';
import { traceOf } from './trace.js';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * @param {object} options
 * @param {Record<string, (request: any) => any>} options.routes `'GET /path/:id'` -> handler. It gets `{ params, query,
 *   headers, body, trace, stopping, res }` and returns `{ status, body, headers }`, or `undefined` when it answered by itself.
 * @param {() => void} [options.healthy] throws when the service cannot do its work
 * @param {() => void | Promise<void>} [options.close] runs last, when no request is left
 */
export function serve({ routes, healthy = () => {}, close = () => {} }) {
  const table = Object.entries(routes).map(([key, handler]) => ({ ...pattern(key), handler }));
  const stopping = new AbortController();

  const server = createServer(async (req, res) => {
    const started = performance.now();
    const trace = traceOf(req.headers);
    res.setHeader('x-request-id', trace.requestId);
    const [path, query] = req.url.split('?', 2);
    if (path === '/healthz') return health(res, healthy);
    try {
      const { handler, params } = find(table, req.method, path);
      const body = await readBody(req);
      const answer = await handler({
        params,
        query: new URLSearchParams(query),
        headers: req.headers,
        body,
        trace,
        stopping: stopping.signal,
        res,
      });
      if (answer !== undefined) send(res, answer.status ?? 200, answer.body, answer.headers);
    } catch (error) {
      fail(res, error, trace);
    }
    log('info', `${req.method} ${path} ${res.statusCode}`, {
      ms: Math.round(performance.now() - started),
      requestId: trace.requestId,
      traceId: trace.traceId,
    });
  });
  // Longer than the gateway keeps idle connections, so that it is never this side that hangs up first.
  server.keepAliveTimeout = 60_000;
  server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1', () => {
    log('info', 'listening', { port: server.address().port });
  });

  // Finish what is in flight, take nothing new, then leave: that is all a zero-downtime restart needs of a service.
  process.once('SIGTERM', () => {
    log('info', 'stopping');
    stopping.abort();
    // `close` hangs up connections that are idle now; those that become idle after their last answer are left to us.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close(async () => {
      clearInterval(idle);
      await close();
      log('info', 'stopped');
    });
  });
}

function pattern(key) {
  const [method, path] = key.split(' ');
  return { method, expression: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`) };
}

function find(table, method, path) {
  const matches = table.filter((route) => route.expression.test(path));
  const route = matches.find((candidate) => candidate.method === (method === 'HEAD' ? 'GET' : method));
  if (route) return { handler: route.handler, params: { ...route.expression.exec(path).groups } };
  if (matches.length > 0) throw new Problem(405, 'method-not-allowed', `${method} is not possible on ${path}`);
  throw new Problem(404, 'not-found', `nothing is at ${path}`);
}

async function readBody(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Problem(413, 'body-too-large', `the body is over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Problem(400, 'invalid-json', 'the body is not JSON');
  }
}

function send(res, status, body, headers = {}, type = 'application/json') {
  const raw = Buffer.isBuffer(body) ? body : body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  res.writeHead(status, {
    ...(raw && { 'content-type': type, 'content-length': raw.length }),
    ...headers,
  });
  res.end(raw);
}

function fail(res, error, { requestId }) {
  const problem = error instanceof Problem ? error : new Problem(500, 'internal', 'this should not have happened');
  if (problem !== error) log('error', error.message, { requestId, stack: error.stack });
  if (res.headersSent) res.destroy();
  else send(res, problem.status, problem, {}, 'application/problem+json');
}

function health(res, healthy) {
  try {
    healthy();
    send(res, 200, { status: 'ok' });
  } catch (error) {
    send(res, 503, { status: 'failing', detail: error.message });
  }
}
