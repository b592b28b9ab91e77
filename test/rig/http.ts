/** One HTTP request over its own connection: no pooling, no redirects, no decoding, the status whatever it is. */
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { PATIENCE_MS, within } from './wait.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values as they came over the wire, in order. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  json<T = unknown>(): T;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: RequestOptions['agent'];
  readonly patienceMs?: number;
}

/** @throws the socket's error: a connection that is refused or cut is no reply */
export async function fetchOnce(url: string | URL, ask: Ask = {}): Promise<Reply> {
  const answer = new Promise<Reply>((resolve, reject) => {
    const req = request(
      url,
      { method: ask.method ?? 'GET', headers: ask.headers ?? {}, agent: ask.agent ?? false },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('aborted', () => reject(new Error('the response was cut off')));
        res.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            rawHeaders: res.rawHeaders,
            body,
            json: <T>() => JSON.parse(body) as T,
          });
        });
      },
    );
    req.on('error', reject);
    req.end(ask.body);
  });
  return within(answer, () => `a reply from ${url}`, ask.patienceMs ?? PATIENCE_MS);
}
