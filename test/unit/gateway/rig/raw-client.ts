/** A client that says exactly the bytes it is told and shows exactly the bytes it gets. Bodies are latin1 strings. */
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  readonly status: number;
  /** Status line and field lines, without the empty line. */
  readonly head: string;
  /** Lower-cased name -> values in order. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** With transfer coding undone. */
  readonly body: string;
  readonly trailers: string;
}

export class RawClient {
  readonly socket: Socket;
  received = '';
  /** `end` by a FIN, `reset` by an error. */
  over: 'end' | 'reset' | null = null;
  readonly #watchers = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data) => {
      this.received += data.toString('latin1');
      this.#notify();
    });
    socket.on('end', () => this.#end('end'));
    socket.on('error', () => this.#end('reset'));
    socket.on('close', () => this.#end('reset'));
  }

  static async open(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({ port, host, noDelay: true, allowHalfOpen: true });
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Resolves once `test` gives something; rejects when the connection is over without it. */
  until<T>(test: (received: string) => T | null | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = test(this.received);
        if (found) {
          this.#watchers.delete(look);
          resolve(found);
        } else if (this.over) {
          this.#watchers.delete(look);
          reject(new Error(`connection over (${this.over}) after ${JSON.stringify(this.received)}`));
        }
      };
      this.#watchers.add(look);
      look();
    });
  }

  text(part: string): Promise<true> {
    return this.until((received) => received.includes(part) || null);
  }

  /** Reads one final response off the front; interim ones are passed over. */
  async response(options: { readonly isHead?: boolean } = {}): Promise<RawResponse> {
    for (;;) {
      const { response, length } = await this.until((received) =>
        parseResponse(received, options.isHead ?? false, this.over),
      );
      this.received = this.received.slice(length);
      if (response.status >= 200 || response.status === 101) return response;
    }
  }

  /** How the connection ended; what was received stays in `received`. */
  async closed(): Promise<'end' | 'reset'> {
    while (this.over === null) {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (this.over === null) return;
          this.#watchers.delete(look);
          resolve();
        };
        this.#watchers.add(look);
      });
    }
    return this.over;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #end(how: 'end' | 'reset'): void {
    this.over ??= how;
    this.#notify();
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

export function parseFields(lines: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const line of lines.split('\r\n').filter((text) => text !== '')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return fields;
}

function parseResponse(
  text: string,
  isHead: boolean,
  over: 'end' | 'reset' | null,
): { readonly response: RawResponse; readonly length: number } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = text.slice(0, end);
  const status = Number(head.slice(9, 12));
  const fields = parseFields(head.slice(head.indexOf('\r\n') + 2));
  const start = end + 4;
  const done = (body: string, length: number, trailers = '') => ({
    response: { status, head, fields, body, trailers },
    length: start + length,
  });
  if (isHead || status < 200 || status === 204 || status === 304) return done('', 0);
  if (fields.get('transfer-encoding')?.[0] === 'chunked') {
    let body = '';
    let i = start;
    for (;;) {
      const line = text.indexOf('\r\n', i);
      if (line === -1) return null;
      const size = Number.parseInt(text.slice(i, line), 16);
      if (size === 0) {
        const stop = text.startsWith('\r\n', line + 2) ? line : text.indexOf('\r\n\r\n', line);
        if (stop === -1) return null;
        return done(body, stop + 4 - start, text.slice(line + 2, stop + 2));
      }
      if (text.length < line + 4 + size) return null;
      body += text.slice(line + 2, line + 2 + size);
      i = line + 4 + size;
    }
  }
  const length = fields.get('content-length')?.[0];
  if (length !== undefined) {
    return text.length < start + Number(length)
      ? null
      : done(text.slice(start, start + Number(length)), Number(length));
  }
  return over === 'end' ? done(text.slice(start), text.length - start) : null;
}
