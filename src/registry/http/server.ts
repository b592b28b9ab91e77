/**
 * The registry's HTTP port: bounds, guard, then the first handler that knows the path. Loaded only where a definition
 * asks for it. Owns its server and connections; knows nothing of what is answered.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { FaceError, type FaceHandler, type FaceRequest, type FaceResponse } from './face.ts';
import { refusal } from './guard.ts';

const MAX_BODY_BYTES = 64 * 1024;
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
  const open = new Set<AbortController>();
  const server = createServer(
    { maxHeaderSize: 16 * 1024, requestTimeout: 30_000, headersTimeout: 10_000 },
    (request, response) => {
      void answer(request, response, { token, handlers, open });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = 0;
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
      for (const one of [...open]) one.abort();
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
  readonly token: string;
  readonly handlers: readonly FaceHandler[];
  /** Of every request that is being answered. */
  readonly open: Set<AbortController>;
}

async function answer(request: IncomingMessage, response: ServerResponse, way: Way): Promise<void> {
  const result = await respond(request, response, way).catch((error: unknown): FaceResponse => {
    if (error instanceof FaceError) return { status: error.status, body: error.message };
    return { status: 500, body: 'a bug in msvc' };
  });
  if (response.destroyed) return;
  const { status, headers = {}, body, type } = result;
  const isText = typeof body === 'string';
  const text = body === undefined ? '' : isText ? body : JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': isText || body === undefined ? (type ?? 'text/plain; charset=utf-8') : 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...headers,
    // What is left of a refused body is not worth reading.
    ...(!request.complete && { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

async function respond(request: IncomingMessage, response: ServerResponse, way: Way): Promise<FaceResponse> {
  const url = URL.canParse(request.url ?? '', 'http://localhost')
    ? new URL(request.url ?? '', 'http://localhost')
    : null;
  if (!url) throw new FaceError(400, 'the target is malformed');
  const refused = refusal(request.headers, url.searchParams.get('token'), way.token);
  if (refused) return { status: refused.status, body: refused.message, headers: refused.headers ?? {} };
  const gone = new AbortController();
  way.open.add(gone);
  response.once('close', () => {
    way.open.delete(gone);
    gone.abort();
  });
  const asked: FaceRequest = {
    method: request.method ?? 'GET',
    segments: segmentsOf(url.pathname),
    query: url.searchParams,
    body: await bodyOf(request),
    gone: gone.signal,
  };
  for (const handler of way.handlers) {
    const result = await handler(asked);
    if (result) return result;
  }
  return { status: 404, body: `no such path: ${url.pathname}` };
}

function segmentsOf(path: string): string[] {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    throw new FaceError(400, 'the path is malformed');
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES)
    throw new FaceError(413, 'the body is too large');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new FaceError(413, 'the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
