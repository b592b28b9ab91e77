/** HTTP for a service: routes, JSON in and out, errors as problems, one log line a request. No framework needed. */
import { log } from './log.js';
import { Problem } from './problem.js';
import { traceOf } from './trace.js';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * @param {Record<string, (request: any) => any>} routes `'GET /path/:id'` -> handler. It gets `{ params, query, headers,
 *   body, trace }` and returns `{ status, body, headers }`. The first that fits is taken.
 * @returns a listener for `createServer`
 */
export function createHandler(routes) {
  const table = Object.entries(routes).map(([key, handler]) => ({ ...pattern(key), handler }));
  return async function handle(req, res) {
    const started = performance.now();
    const trace = traceOf(req.headers);
    const [path, query] = req.url.split('?', 2);
    res.setHeader('x-request-id', trace.requestId);
    try {
      const { handler, params } = find(table, req.method, path);
      const body = await readBody(req);
      const answer = await handler({ params, query: new URLSearchParams(query), headers: req.headers, body, trace });
      send(res, answer.status ?? 200, answer.body, answer.headers);
    } catch (error) {
      fail(res, error, trace);
    }
    // Probes come every few seconds; nobody wants to read them.
    if (path === '/healthz' && res.statusCode < 400) return;
    const { traceId, requestId } = trace;
    const ms = Math.round(performance.now() - started);
    log('info', `${req.method} ${path} ${res.statusCode}`, { status: res.statusCode, ms, requestId, traceId });
  };
}

function pattern(key) {
  const [method, path] = key.split(' ');
  const source = path.replace(/[.+*?^$()[\]{}|\\]/g, '\\$&').replace(/:(\w+)/g, '(?<$1>[^/]+)');
  return { method, expression: new RegExp(`^${source}/?$`) };
}

function find(table, method, path) {
  const matches = table.filter((route) => route.expression.test(path));
  const route = matches.find((candidate) => candidate.method === (method === 'HEAD' ? 'GET' : method));
  if (route) return { handler: route.handler, params: decoded(route.expression.exec(path).groups ?? {}) };
  if (matches.length === 0) throw new Problem(404, 'not-found', `nothing is at ${path}`);
  const allow = [...new Set(matches.map((candidate) => candidate.method))].join(', ');
  throw new Problem(405, 'method-not-allowed', `${method} is not possible on ${path}`, {}, { allow });
}

function decoded(params) {
  try {
    return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new Problem(400, 'invalid-path', 'the path is not valid percent-encoding');
  }
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
  const raw = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  res.writeHead(status, { ...(raw && { 'content-type': type, 'content-length': raw.length }), ...headers });
  res.end(raw);
}

function fail(res, error, { requestId }) {
  const problem = error instanceof Problem ? error : new Problem(500, 'internal', 'this should not have happened');
  if (problem !== error) log('error', error.message, { requestId, stack: error.stack });
  if (res.headersSent) res.destroy();
  else send(res, problem.status, problem, problem.headers, 'application/problem+json');
}
