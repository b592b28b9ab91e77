/** One HTTP client on one kept-alive connection, and several of them as a load that counts what went wrong. */
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export class Client {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = url;
  }

  /** @returns the body of a 200; undefined when anything else happened. */
  ask(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const request = get(this.#url, { agent: this.#agent, timeout: 5_000 }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text) => {
          body += text;
        });
        response.once('end', () => resolve(response.statusCode === 200 ? body : undefined));
        response.once('error', () => resolve(undefined));
      });
      request.once('timeout', () => request.destroy());
      request.once('error', () => resolve(undefined));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Asks until the answer is `wanted`. @returns when it came and how many requests failed before. */
export async function askUntil(
  client: Client,
  wanted: string,
  limitMs = 20_000,
): Promise<{ atMs: number; failed: number }> {
  const until = performance.now() + limitMs;
  let failed = 0;
  while (performance.now() < until) {
    const body = await client.ask();
    if (body === wanted) return { atMs: performance.now(), failed };
    if (body === undefined) failed++;
    await pause(2);
  }
  throw new Error(`"${wanted}" was not served within ${limitMs} ms`);
}

export interface LoadResult {
  readonly requests: number;
  readonly failed: number;
}

/** Each connection sends its next request when it has its answer, with a short pause: a steady few hundred a second. */
export function startLoad(url: string, connections: number): { stop(): Promise<LoadResult> } {
  let running = true;
  let requests = 0;
  let failed = 0;
  const one = async (): Promise<void> => {
    const client = new Client(url);
    while (running) {
      requests++;
      if ((await client.ask()) === undefined) failed++;
      await pause(20);
    }
    client.close();
  };
  const all = Promise.all(Array.from({ length: connections }, one));
  return {
    stop: async () => {
      running = false;
      await all;
      return { requests, failed };
    },
  };
}
