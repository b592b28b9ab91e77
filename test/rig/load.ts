/**
 * Steady traffic over real sockets that counts every answer, for what must not fail a single request: scaling,
 * reloading, crashes. Nothing is tried again here: a refused, cut or late request is a failure, and so is any status
 * that the test did not call good.
 */
import { Agent } from 'node:http';
import { fetchOnce, type Reply } from './http.ts';
import { eventually } from './wait.ts';

export interface LoadOptions {
  readonly url: string | URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** At the same time; default 4. */
  readonly clients?: number;
  /** Of all clients together; default 100. */
  readonly perSecond?: number;
  /** One connection a client that stays open, or a new one a request; default true. */
  readonly keepAlive?: boolean;
  /** default: 200-299 */
  readonly good?: (reply: Reply) => boolean;
}

export interface Failure {
  /** How many had been answered before. */
  readonly after: number;
  readonly status?: number;
  readonly body?: string;
  readonly error?: string;
}

export interface LoadReport {
  readonly ok: number;
  readonly failed: readonly Failure[];
  readonly statuses: Readonly<Record<number, number>>;
  /** The `x-puppet` of each answer -> how many. */
  readonly servedBy: Readonly<Record<string, number>>;
}

export class Load {
  readonly #options: LoadOptions;
  readonly #agent: Agent | false;
  readonly #clients: Promise<void>[];
  #running = true;
  #ok = 0;
  readonly #failed: Failure[] = [];
  readonly #statuses: Record<number, number> = {};
  readonly #servedBy: Record<string, number> = {};

  constructor(options: LoadOptions) {
    const clients = options.clients ?? 4;
    this.#options = options;
    this.#agent = (options.keepAlive ?? true) && new Agent({ keepAlive: true, maxSockets: clients });
    const pauseMs = (1_000 * clients) / (options.perSecond ?? 100);
    this.#clients = Array.from({ length: clients }, (_, n) => this.#client(pauseMs, (pauseMs * n) / clients));
  }

  get answered(): number {
    return this.#ok + this.#failed.length;
  }

  /** Goes on until that many more requests have been answered (or have failed). */
  async more(count: number): Promise<void> {
    const goal = this.answered + count;
    await eventually(`${count} more answers`, () => this.answered >= goal);
  }

  /** Until an answer comes from an instance not seen so far: `x-puppet` fits. */
  async servedBy(fits: (who: string) => boolean): Promise<string> {
    return eventually('an answer from the wanted instance', () => Object.keys(this.#servedBy).find(fits));
  }

  /** Waits for what is in flight. */
  async stop(): Promise<LoadReport> {
    this.#running = false;
    await Promise.all(this.#clients);
    if (this.#agent) this.#agent.destroy();
    return { ok: this.#ok, failed: this.#failed, statuses: this.#statuses, servedBy: this.#servedBy };
  }

  async #client(pauseMs: number, offsetMs: number): Promise<void> {
    let next = performance.now() + offsetMs;
    while (this.#running) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
      next = Math.max(next + pauseMs, performance.now());
      await this.#request();
    }
  }

  async #request(): Promise<void> {
    const { url, method, headers, body, good } = this.#options;
    try {
      const reply = await fetchOnce(url, {
        agent: this.#agent,
        ...(method && { method }),
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
      });
      this.#statuses[reply.status] = (this.#statuses[reply.status] ?? 0) + 1;
      const who = String(reply.headers['x-puppet'] ?? '');
      this.#servedBy[who] = (this.#servedBy[who] ?? 0) + 1;
      if (good ? good(reply) : reply.status >= 200 && reply.status < 300) this.#ok++;
      else this.#failed.push({ after: this.answered, status: reply.status, body: reply.body.slice(0, 500) });
    } catch (error) {
      this.#failed.push({ after: this.answered, error: String((error as NodeJS.ErrnoException).code ?? error) });
    }
  }
}
