/**
 * Healthy when a GET of the path is answered with a status in the range (200-399 by default; redirects are not
 * followed). An own small client: `node:http` costs twice the CPU, and a hundred idle services are probed 20 times a
 * second. It asks for the connection to be closed and reads the answer to its end, so that no server sees a reset.
 */
import type net from 'node:net';
import type { ProbeSpec } from '../../model/project.ts';
import { Connector } from './connect.ts';
import { isWhole, readAnswer, statusOf } from './http-answer.ts';
import type { ProbeKind, ProbeResult } from './probe.ts';

/** Enough for a message about what went wrong; a longer answer is read and forgotten. */
const KEPT_BYTES = 16_384;
/** A healthy answer's body is waited for so long and so far, for the server's sake, then cut. */
const LINGER_MS = 1_000;
const LINGER_BYTES = 1 << 20;

/**
 * Every answer is read into it, and copied where it is not understood at once: memory of its own for each socket, 64 KiB
 * at a time, has the collector at work all day.
 */
const shared = Buffer.allocUnsafeSlow(64 * 1024);

type HttpSpec = Extract<ProbeSpec, { kind: 'http' }>;

export const http: ProbeKind<'http'> = {
  kind: 'http',
  summary: 'a GET of a path is answered with 200-399',
  create(spec, context) {
    const port = spec.port ?? context.port;
    const connector = new Connector(context.hosts);
    const request = port === null ? '' : requestText(spec, port);
    return {
      kind: 'http',
      gatePort: null,
      locatePort: port === context.port ? null : context.port,
      repeats: true,
      async check(signal) {
        if (port === null) return { ok: false, detail: 'the service has no port to probe', refused: false };
        const exchange = new Exchange(spec, signal);
        const connected = await connector.connect(port, signal, exchange.onread);
        if (!connected.ok) return connected;
        return exchange.run(connected.socket, request, port === context.port ? connected.host : null);
      },
    };
  },
};

function requestText(spec: HttpSpec, port: number): string {
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

/** One request and its answer. */
class Exchange {
  readonly onread: net.OnReadOpts = { buffer: shared, callback: (bytes) => this.#read(shared.subarray(0, bytes)) };
  readonly #spec: HttpSpec;
  readonly #signal: AbortSignal;
  readonly #kept: Buffer[] = [];
  #bytes = 0;
  #socket!: net.Socket;
  #host: string | null = null;
  #settle: ((result: ProbeResult) => void) | null = null;

  constructor(spec: HttpSpec, signal: AbortSignal) {
    this.#spec = spec;
    this.#signal = signal;
  }

  run(socket: net.Socket, request: string, host: string | null): Promise<ProbeResult> {
    this.#socket = socket;
    this.#host = host;
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#signal.addEventListener('abort', this.#abort, { once: true });
      socket.on('end', () => this.#judge(true));
      socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? error.message));
      socket.on('close', () => {
        this.#judge(true);
        this.#fail('the connection was closed without an answer');
      });
      socket.write(request, 'latin1');
    });
  }

  /** @returns whether to go on reading */
  #read(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > LINGER_BYTES) this.#socket.destroy();
    if (!this.#settle) return true;
    const first = this.#kept.length === 0 ? statusOf(chunk) : null;
    if (first !== null && this.#isGood(first)) {
      this.#pass(isWhole(chunk));
      return true;
    }
    if (this.#bytes <= KEPT_BYTES + chunk.length) this.#kept.push(Buffer.from(chunk));
    this.#judge(false);
    return true;
  }

  #judge(ended: boolean): void {
    if (!this.#settle) return;
    const bytes = Buffer.concat(this.#kept);
    const answer = readAnswer(bytes, ended || this.#bytes >= KEPT_BYTES);
    if (answer.kind === 'partial') return;
    if (answer.kind === 'broken') {
      this.#fail(answer.detail);
      this.#socket.destroy();
    } else if (this.#isGood(answer.status)) {
      this.#pass(isWhole(bytes));
    } else if (answer.complete) {
      this.#fail(`status ${answer.status}${answer.body === '' ? '' : `: ${answer.body}`}`);
      this.#socket.destroy();
    }
  }

  readonly #abort = (): void => {
    // A bad answer may be there but for the end of its body: it says more than the time.
    if (readAnswer(Buffer.concat(this.#kept), true).kind === 'answer') this.#judge(true);
    this.#fail('timed out');
    this.#socket.destroy();
  };

  #isGood(status: number): boolean {
    return status >= this.#spec.status.from && status <= this.#spec.status.to;
  }

  #pass(isWhole: boolean): void {
    this.#end({ ok: true, host: this.#host });
    // Only the end is to come then, from a server that does as it was asked; others would wait for ours.
    if (isWhole) this.#socket.destroy();
    else if (!this.#socket.destroyed) this.#socket.setTimeout(LINGER_MS, () => this.#socket.destroy());
  }

  #fail(detail: string): void {
    this.#end({ ok: false, detail: `GET ${this.#spec.path}: ${detail}`, refused: false });
  }

  #end(result: ProbeResult): void {
    const settle = this.#settle;
    if (!settle) return;
    this.#settle = null;
    this.#signal.removeEventListener('abort', this.#abort);
    settle(result);
  }
}
