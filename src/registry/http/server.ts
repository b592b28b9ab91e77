/**
 * The registry's HTTP port: bounds, guard, then the first handler that knows the path. Loaded only where a definition
 * asks for it. Owns its server and connections; knows nothing of what is answered.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Asked, OpenRequests } from './asked.ts';
import { bodyOf, hasBody } from './body.ts';
import { FaceError, type FaceHandler, type FaceResponse, type FaceResult } from './face.ts';
import { type Guard, guardWith } from './guard.ts';
import { Targets } from './target.ts';
import { wireOf } from './wire.ts';

/** Long polls of many watchers, and some to spare. */
const MAX_CONNECTIONS = 4_096;

export interface RegistryHttp {
  close(): Promise<void>;
}

export interface RegistryHttpOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  readonly handlers: readonly FaceHandler[];
}

/** Listens on 127.0.0.1. @throws the system's error (EADDRINUSE, EACCES) */
export async function openRegistryHttp({
  port,
  token,
  handlers,
}: RegistryHttpOptions): Promise<RegistryHttp & { readonly port: number }> {
  const way: Way = { guard: guardWith(token), targets: new Targets(), handlers, open: new OpenRequests() };
  const server = createServer(
    { maxHeaderSize: 16 * 1024, requestTimeout: 30_000, headersTimeout: 10_000 },
    (request, response) => {
      void answer(request, response, way);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = 0;
  server.on('connection', (socket) => way.open.connected(socket));
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as { port: number }).port,
    close: async () => {
      way.open.leaveAll();
      await closed(server);
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Way {
  readonly guard: Guard;
  readonly targets: Targets;
  readonly handlers: readonly FaceHandler[];
  readonly open: OpenRequests;
}

/** Without a turn of its own, for a request that needs none: what readers of one change ask anew comes all at once. */
async function answer(request: IncomingMessage, response: ServerResponse, way: Way): Promise<void> {
  const { socket } = request;
  let asked: Asked | null = null;
  const send = (make: () => FaceResponse): void => {
    if (asked) way.open.answered(socket, asked);
    if (!response.destroyed) write(request, response, orFault(make));
  };
  try {
    const { path, segments, query } = way.targets.of(request.url ?? '');
    const refused = way.guard(request.headers, query.get('token'));
    if (refused) return send(() => ({ ...refused, body: refused.message }));
    if (!segments) throw new FaceError(400, 'the path is malformed');
    const body = hasBody(request) ? await bodyOf(request) : '';
    asked = new Asked(request.method ?? 'GET', segments, query, body, socket.destroyed);
    way.open.add(socket, asked);
    const found = first(way.handlers, asked);
    const result = found instanceof Promise ? await found : found;
    if (typeof result === 'function') result(send);
    else send(() => result ?? { status: 404, body: `no such path: ${path}` });
  } catch (error) {
    send(() => {
      throw error;
    });
  }
}

/** Asks one after the other, and waits only for one that has to be waited for. */
function first(handlers: readonly FaceHandler[], asked: Asked): FaceResult | Promise<FaceResult> {
  const [handler, ...others] = handlers;
  if (!handler) return null;
  const result = handler(asked);
  if (result instanceof Promise) return result.then((settled) => settled ?? first(others, asked));
  return result ?? first(others, asked);
}

function orFault(make: () => FaceResponse): FaceResponse {
  try {
    return make();
  } catch (error) {
    if (error instanceof FaceError) return { status: error.status, body: error.message };
    return { status: 500, body: 'a bug in msvc' };
  }
}

function write(request: IncomingMessage, response: ServerResponse, answered: FaceResponse): void {
  const { status, head, text } = wireOf(answered);
  // What is left of a refused body is not worth reading.
  const isCut = hasBody(request) && !request.complete;
  response.writeHead(status, isCut ? [...head, 'Connection', 'close'] : head);
  response.end(request.method === 'HEAD' ? undefined : text);
}
