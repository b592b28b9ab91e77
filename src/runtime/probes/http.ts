/**
 * Healthy when a GET of the path is answered with a status in the range (200-399 by default; redirects are not
 * followed). An own small client: `node:http` costs twice the CPU, and a hundred idle services are probed 20 times a
 * second. It asks for the connection to be closed and reads the answer to its end, so that no server sees a reset.
 */
import type net from 'node:net';
import type { ProbeSpec } from '../../model/project.ts';
import { Connector } from './connect.ts';
import { readAnswer } from './http-answer.ts';
import type { ProbeKind, ProbeResult } from './probe.ts';

/** Enough for a message about what went wrong; a longer answer is read and forgotten. */
const KEPT_BYTES = 16_384;
/** A healthy answer's body is waited for so long and so far, for the server's sake, then cut. */
const LINGER_MS = 1_000;
const LINGER_BYTES = 1 << 20;

export const http: ProbeKind<'http'> = {
  kind: 'http',
  summary: 'a GET of a path is answered with 200-399',
  create(spec, context) {
    const port = spec.port ?? context.port;
    const connector = new Connector(context.hosts);
    return {
      kind: 'http',
      gatePort: null,
      locatePort: port === context.port ? null : context.port,
      repeats: true,
      async check(signal) {
        if (port === null) return { ok: false, detail: 'the service has no port to probe', refused: false };
        const connected = await connector.connect(port, signal);
        if (!connected.ok) return connected;
        const { socket, host } = connected;
        socket.write(requestText(spec, port));
        return exchange(socket, spec, port === context.port ? host : null, signal);
      },
    };
  },
};

function requestText(spec: Extract<ProbeSpec, { kind: 'http' }>, port: number): string {
  const headers: Record<string, string> = { 'user-agent': 'msvc-probe', accept: '*/*' };
  let host = `localhost:${port}`;
  for (const [name, value] of Object.entries(spec.headers)) {
    if (name.toLowerCase() === 'host') host = value;
    else headers[name.toLowerCase()] = value;
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, ' ')}\r\n`);
  const path = encodeURI(decodeURISafe(spec.path.startsWith('/') ? spec.path : `/${spec.path}`));
  return `GET ${path} HTTP/1.1\r\nhost: ${host.replace(/[\r\n]/g, ' ')}\r\n${lines.join('')}connection: close\r\n\r\n`;
}

/** A path may be written with or without escapes. */
function decodeURISafe(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

function exchange(
  socket: net.Socket,
  { path, status }: Extract<ProbeSpec, { kind: 'http' }>,
  host: string | null,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let settled = false;
    const fail = (detail: string): void => settle({ ok: false, detail: `GET ${path}: ${detail}`, refused: false });
    const settle = (result: ProbeResult): void => {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', abort);
      resolve(result);
    };
    const judge = (ended: boolean): void => {
      if (settled) return;
      const answer = readAnswer(Buffer.concat(chunks), ended || bytes >= KEPT_BYTES);
      if (answer.kind === 'partial') return;
      if (answer.kind === 'broken') {
        fail(answer.detail);
        socket.destroy();
      } else if (answer.status >= status.from && answer.status <= status.to) {
        settle({ ok: true, host });
        if (!socket.destroyed) socket.setTimeout(LINGER_MS, () => socket.destroy());
      } else if (answer.complete) {
        fail(`status ${answer.status}${answer.body === '' ? '' : `: ${answer.body}`}`);
        socket.destroy();
      }
    };
    const abort = (): void => {
      // A bad answer may be there but for the end of its body: it says more than the time.
      if (readAnswer(Buffer.concat(chunks), true).kind === 'answer') judge(true);
      fail('timed out');
      socket.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= KEPT_BYTES + chunk.length) chunks.push(chunk);
      judge(false);
      if (bytes > LINGER_BYTES) socket.destroy();
    });
    socket.on('end', () => judge(true));
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    socket.on('close', () => {
      judge(true);
      fail('the connection was closed without an answer');
    });
  });
}
