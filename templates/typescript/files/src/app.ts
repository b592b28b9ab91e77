/** What the service offers over HTTP. A handler throws a `Problem`, and `onError` sends it. */
import { readFileSync } from 'node:fs';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod';
import { log } from './log.ts';
// msvc:if calls
import { callPeer } from './peers.ts';
// msvc:end
import { Problem } from './problem.ts';
import type { Store } from './store.ts';
import { type Trace, traceOf } from './trace.ts';

const MAX_BODY_BYTES = 64 * 1024;

const openapi: unknown = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8'));

const newItem = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'must have at most 100 characters'),
  quantity: z.int('must be a whole number').min(1, 'must be at least 1').max(1000, 'must be at most 1000'),
});
const limit = z.coerce.number().int().min(1).max(100).default(20);
// msvc:if calls

const PEERS = [
// msvc:each calls
  '__CALLEE__',
// msvc:end
];
// msvc:end

type Env = { Variables: { trace: Trace } };

export function createApp(store: Store): Hono<Env> {
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const started = performance.now();
    const trace = traceOf((name) => c.req.header(name));
    c.set('trace', trace);
    await next();
    c.header('x-request-id', trace.requestId);
    const { status } = c.res;
    // Probes come every few seconds; nobody wants to read them.
    if (c.req.path === '/healthz' && status < 400) return;
    const ms = Math.round(performance.now() - started);
    const { requestId, traceId } = trace;
    log('info', `${c.req.method} ${c.req.path} ${status}`, { status, ms, requestId, traceId });
  });
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new Problem(413, 'body-too-large', `the body is over ${MAX_BODY_BYTES} bytes`);
      },
    }),
  );

  app.get('/healthz', (c) => {
    store.ping();
    return c.json({ status: 'ok' });
  });
  app.get('__PATH__/openapi.json', (c) => c.json(openapi as object));
// msvc:if calls
  // How the services that this one calls are: an example of a call over a declared edge.
  app.get('__PATH__/peers', async (c) => {
    const answers = await Promise.all(PEERS.map((name) => callPeer(name, 'GET', '/healthz', { trace: c.var.trace })));
    return c.json(Object.fromEntries(PEERS.map((name, i) => [name, { status: answers[i]?.status }])));
  });
// msvc:end
  app
    .get('__URL__', (c) => c.json({ items: store.list(limitOf(c)) }))
    .post(async (c) => {
      const item = store.add(validItem(await bodyOf(c)));
      return c.json(item, 201, { location: `__PATH__/${item.id}` });
    })
    .all((c) => notAllowed(c, 'GET, POST'));
  app
    .get('__PATH__/:id', (c) => c.json(store.get(c.req.param('id')) ?? unknown(c.req.param('id'))))
    .delete((c) => {
      if (!store.remove(c.req.param('id'))) unknown(c.req.param('id'));
      return c.body(null, 204);
    })
    .all((c) => notAllowed(c, 'GET, DELETE'));

  app.notFound((c) => new Problem(404, 'not-found', `nothing is at ${c.req.path}`).response());
  app.onError((error, c) => {
    if (error instanceof Problem) return error.response();
    log('error', error.message, { requestId: c.var.trace?.requestId, stack: error.stack });
    return new Problem(500, 'internal', 'this should not have happened').response();
  });
  return app;
}

function unknown(id: string): never {
  throw new Problem(404, 'unknown-item', `there is no item ${id}`);
}

function notAllowed(c: Context, allow: string): never {
  const detail = `${c.req.method} is not possible on ${c.req.path}`;
  throw new Problem(405, 'method-not-allowed', detail, {}, { allow });
}

function limitOf(c: Context): number {
  const result = limit.safeParse(c.req.query('limit'));
  if (!result.success) throw new Problem(400, 'invalid-limit', 'limit must be a whole number from 1 to 100');
  return result.data;
}

async function bodyOf(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new Problem(400, 'invalid-json', 'the body is not JSON');
  }
}

/** All mistakes at once, each with the field it is about. */
function validItem(body: unknown): z.output<typeof newItem> {
  const result = newItem.safeParse(body ?? {});
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({ field: path.join('.'), detail: message }));
  throw new Problem(422, 'invalid-item', 'the item is not valid', { errors });
}
