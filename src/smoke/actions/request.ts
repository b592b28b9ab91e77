/**
 * One HTTP request as a check makes it: a connection of its own, no redirects followed, nothing retried. A path goes to
 * the gateway; that of a service goes there too, by the service's own host name, so that it is balanced like any other.
 */
import http from 'node:http';
import https from 'node:https';
import type { Json, SmokeAction, SmokeCheck } from '../../model/smoke.ts';
import type { Outcome } from '../outcome.ts';
import { CheckProblem, type Exchange } from '../result.ts';
import type { SystemUnderTest } from '../system.ts';

type Request = Extract<SmokeAction, { kind: 'request' }>;

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const SHOWN_CHARACTERS = 4000;

export async function request(
  action: Request,
  service: SmokeCheck['service'],
  system: SystemUnderTest,
  signal: AbortSignal,
): Promise<Outcome> {
  const url = urlOf(action, system);
  const { type, text } = bodyOf(action);
  const headers: Record<string, string> = {
    accept: '*/*',
    'user-agent': 'msvc-smoke',
    ...(type !== undefined && { 'content-type': type }),
    ...(service !== undefined && action.url.startsWith('/') && { host: `${service}.localhost:${url.port}` }),
    ...Object.fromEntries(Object.entries(action.headers).map(([name, value]) => [name.toLowerCase(), value])),
    ...(text !== undefined && { 'content-length': String(Buffer.byteLength(text)) }),
  };
  const sent = exchangeText(`${action.method} ${url.href}`, headers, text ?? '');
  const from = performance.now();
  try {
    const response = await send(url, { method: action.method, headers, text, timeoutMs: action.timeoutMs, signal });
    const received = exchangeText(`${response.status} ${response.reason}`, response.headers, response.body);
    const { status, headers: fields, body } = response;
    return {
      kind: 'response',
      status,
      headers: fields,
      body,
      tookMs: performance.now() - from,
      exchange: { sent, received },
    };
  } catch (error) {
    throw problemOf(error as NodeJS.ErrnoException, action, { sent, received: '' }, signal);
  }
}

function urlOf(action: Request, { gatewayUrl }: SystemUnderTest): URL {
  let url: URL;
  try {
    url = new URL(action.url.startsWith('/') ? gatewayUrl + action.url : action.url);
  } catch {
    throw new CheckProblem({ kind: 'launch', message: `no URL: ${action.url}` });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new CheckProblem({ kind: 'launch', message: `neither http nor https: ${action.url}` });
  }
  for (const [name, value] of Object.entries(action.query)) url.searchParams.append(name, asText(value));
  return url;
}

function bodyOf({ body }: Request): { type?: string; text?: string } {
  switch (body.kind) {
    case 'none':
      return {};
    case 'json':
      return { type: 'application/json', text: JSON.stringify(body.value) };
    case 'form': {
      const fields = Object.entries(body.fields).map(([name, value]): [string, string] => [name, asText(value)]);
      return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(fields).toString() };
    }
    case 'text':
      return { text: asText(body.text) };
  }
}

/** A captured value may stand where a text was written. */
function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Sending {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

interface Received {
  readonly status: number;
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function send(url: URL, { method, headers, text, timeoutMs, signal }: Sending): Promise<Received> {
  const options: https.RequestOptions = {
    method,
    headers,
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    // Names under localhost are this machine (RFC 6761, 6.3), whatever the resolver says.
    ...(url.hostname.endsWith('localhost') && { family: 4, hostname: 'localhost', servername: url.hostname }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? https : http).request(url, options);
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => receive(incoming, outgoing).then(resolve, reject));
    outgoing.end(text);
  });
}

async function receive(incoming: http.IncomingMessage, outgoing: http.ClientRequest): Promise<Received> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) {
      outgoing.destroy();
      throw new Error(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    }
    pieces.push(piece);
  }
  if (!incoming.complete) throw new Error('the response was cut off');
  const fields = Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]);
  return {
    status: incoming.statusCode ?? 0,
    reason: incoming.statusMessage ?? '',
    headers: Object.fromEntries(fields),
    body: Buffer.concat(pieces).toString('utf8'),
  };
}

function problemOf(
  error: NodeJS.ErrnoException,
  action: Request,
  exchange: Exchange,
  signal: AbortSignal,
): CheckProblem {
  if (signal.aborted) return new CheckProblem({ kind: 'aborted', message: 'the run was ended' }, exchange);
  if (error.name === 'AbortError' || error.name === 'TimeoutError' || error.code === 'ABORT_ERR') {
    return new CheckProblem({ kind: 'timeout', message: `no answer within ${action.timeoutMs} ms` }, exchange);
  }
  return new CheckProblem({ kind: 'connection', message: error.code ?? error.message }, exchange);
}

function exchangeText(first: string, headers: Readonly<Record<string, string>>, body: string): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [first, ...fields, '', cut(body)].join('\n');
}

export function cut(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return text;
  return `${text.slice(0, SHOWN_CHARACTERS)}\n... (${text.length - SHOWN_CHARACTERS} characters more)`;
}
