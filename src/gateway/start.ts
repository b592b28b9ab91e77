/**
 * The engine's side of the worker thread: starts it, keeps what it must know (listeners, table, registry) and starts
 * another with the same when it dies. Requests of the engine that a dead worker left open are put to the next one.
 */
import type { Worker } from 'node:worker_threads';
import type { Fault } from '../model/fault.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { HandedSockets } from './handed-sockets.ts';
import { Outbox } from './outbox.ts';
import type { FromWorker, GatewayStats, ListenerSpec, RouteTable, ToWorker } from './protocol.ts';
import { beginThread, type Thread } from './thread.ts';

/** Pause before the second restart in a row within a second; a worker that cannot live must not burn the machine. */
const RESTART_PAUSE_MS = 200;
/** Of a thread that is closed: longer than this, and it is ended. */
const END_MS = 1_000;
const LISTEN_TRIES = 50;
const LISTEN_AGAIN_MS = 20;

type Request = Extract<ToWorker, { readonly request: number }>;
type Unnumbered<T> = T extends unknown ? Omit<T, 'request'> : never;

interface Open {
  readonly message: Request;
  /** A worker has died once already while this was open. */
  readonly again: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Returns at once; what keeps the thread from starting is told by `started` alone. */
export function beginGateway(options: GatewayOptions): Gateway {
  return new ThreadedGateway(options);
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = beginGateway(options);
  try {
    await gateway.started;
  } catch (error) {
    await gateway.close();
    throw error;
  }
  return gateway;
}

class ThreadedGateway implements Gateway {
  readonly started: Promise<void>;
  readonly #options: GatewayOptions;
  readonly #listeners = new Map<string, ListenerSpec>();
  readonly #open = new Map<number, Open>();
  readonly #handed = new HandedSockets();
  #table: RouteTable = { routes: [], balancers: {} };
  #faults: readonly Fault[] = [];
  #worker: Worker;
  readonly #outbox = new Outbox<ToWorker>((messages) => this.#worker.postMessage(messages));
  #stopWatching = (): void => {};
  #nextRequest = 1;
  #ended: Promise<void> = Promise.resolve();
  #closing = false;
  #closed = false;
  #alive = false;
  #lastStart = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { thread } = options;
    // One that was begun may have died before it came here.
    const first = thread !== undefined && thread.worker.threadId !== -1 ? thread : this.#begin();
    this.#worker = this.#employ(first);
    this.started = Promise.all([first.up, this.#ask({ type: 'greet' })]).then(() => {});
    this.started.catch(() => {});
  }

  async listen(listener: ListenerSpec): Promise<void> {
    const fd = listener.port === 0 ? null : (this.#options.openSocket?.(listener.host, listener.port) ?? null);
    if (fd !== null) {
      this.#hand(listener, fd);
      return;
    }
    const port = (await this.#ask({ type: 'listen', listener })) as number;
    this.#listeners.set(listener.id, { ...listener, port });
  }

  #hand(listener: ListenerSpec, fd: number): void {
    this.#listeners.set(listener.id, listener);
    this.#handed.add(fd);
    this.#ask({ type: 'listen', listener, fd }).then(
      () => this.#handed.taken(fd),
      () => {},
    );
  }

  async unlisten(id: string): Promise<void> {
    this.#listeners.delete(id);
    await this.#ask({ type: 'unlisten', id });
  }

  async admit(id: string, peers: readonly string[]): Promise<void> {
    const listener = this.#listeners.get(id);
    if (!listener) return;
    this.#listeners.set(id, { ...listener, peers });
    await this.#ask({ type: 'admit', id, peers });
  }

  setRoutes(table: RouteTable): void {
    this.#table = table;
    this.#post({ type: 'routes', table });
  }

  setFaults(faults: readonly Fault[]): void {
    this.#faults = faults;
    this.#post({ type: 'faults', faults });
  }

  async drain(instance: string, timeoutMs: number): Promise<void> {
    await this.#ask({ type: 'drain', instance, timeoutMs });
  }

  async stats(): Promise<GatewayStats> {
    return (await this.#ask({ type: 'stats' })) as GatewayStats;
  }

  async settled(): Promise<void> {
    if (!this.#closing) await this.#ask({ type: 'settle' });
  }

  flush(): void {
    this.#outbox.flush();
  }

  async close({ leaving }: { readonly leaving: boolean } = { leaving: false }): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#stopWatching();
    if (!this.#alive) {
      this.#abandon();
      return;
    }
    const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    const closed = this.#ask({ type: 'close', leaving }).catch(() => undefined);
    // Not at the end of a turn in which whoever closes may have long work to do.
    this.#outbox.flush();
    await Promise.race([closed, exited]);
    if (leaving) {
      this.#worker.unref();
    } else {
      const force = setTimeout(() => void this.#worker.terminate(), END_MS);
      this.#ended = exited.then(() => clearTimeout(force));
    }
    this.#abandon();
  }

  ended(): Promise<void> {
    return this.#ended;
  }

  #begin(): Thread {
    return beginThread(this.#options.workerFile, this.#options.limits);
  }

  #employ({ worker }: Thread): Worker {
    this.#lastStart = performance.now();
    let reason = 'the worker exited';
    worker.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.#receive(message);
    });
    worker.on('error', (error) => {
      reason = error.message;
    });
    worker.once('exit', () => {
      if (worker === this.#worker) this.#alive = false;
      if (!this.#closing && worker === this.#worker) void this.#replace(reason);
    });
    this.#worker = worker;
    this.#alive = true;
    // Its snapshot has what was on the way to the last one; what was asked is asked again.
    this.#outbox.drop();
    const { snapshot, stop } = this.#options.registry.watch((change) =>
      this.#post({ type: 'registry-change', change }),
    );
    this.#stopWatching = stop;
    this.#post({ type: 'registry', snapshot });
    this.#post({ type: 'routes', table: this.#table });
    this.#post({ type: 'faults', faults: this.#faults });
    return worker;
  }

  async #replace(reason: string): Promise<void> {
    this.#stopWatching();
    this.#options.onLost(reason);
    if (performance.now() - this.#lastStart < 1_000) await pause(RESTART_PAUSE_MS);
    if (this.#closing) return;
    this.#handed.close();
    // Taken only now: what was asked while there was no worker is among them.
    const orphans = [...this.#open.values()];
    this.#open.clear();
    this.#employ(this.#begin());
    await Promise.all([...this.#listeners.values()].map((listener) => this.#listenAgain(listener)));
    for (const orphan of orphans) {
      const { message, again, resolve, reject } = orphan;
      // Put again but once: it may be what the worker dies of. What was in flight to an instance died with the worker.
      if (again || message.type === 'drain' || isHanded(message)) giveUp(orphan, reason);
      else this.#ask(message, true).then(resolve, reject);
    }
    if (!this.#closing) this.#options.onRestored();
  }

  /** The dead worker's sockets may take a moment to be gone. */
  async #listenAgain(listener: ListenerSpec): Promise<void> {
    for (let i = 0; i < LISTEN_TRIES && !this.#closing && this.#listeners.has(listener.id); i++) {
      try {
        await this.#ask({ type: 'listen', listener });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') break;
        await pause(LISTEN_AGAIN_MS);
      }
    }
  }

  #ask(request: Unnumbered<Request>, again = false): Promise<unknown> {
    const message = { ...request, request: this.#nextRequest++ } as Request;
    return new Promise((resolve, reject) => {
      const open = { message, again, resolve, reject };
      if (this.#closed) return giveUp(open, CLOSED);
      this.#open.set(message.request, open);
      this.#post(message);
    });
  }

  #post(message: ToWorker): void {
    this.#outbox.add(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === 'suspect') {
      this.#options.onSuspect(message.instance, message.count);
      return;
    }
    if (message.type === 'news') {
      this.#options.onNews(message.news);
      return;
    }
    const open = this.#open.get(message.request);
    if (!open) return;
    this.#open.delete(message.request);
    if (message.error === undefined) open.resolve(message.result);
    else open.reject(Object.assign(new Error(`${open.message.type}: ${message.error}`), { code: message.error }));
  }

  /** Whoever still waits is told that there is nobody left to answer. */
  #abandon(): void {
    this.#closed = true;
    for (const open of this.#open.values()) giveUp(open, CLOSED);
    this.#open.clear();
    this.#handed.close();
  }
}

const CLOSED = 'the gateway is closed';

/** What the end of a worker does as well: a new one listens, with all that it is to know, before anything is asked again. */
const DONE_BY_ITS_END: ReadonlySet<Request['type']> = new Set(['drain', 'unlisten', 'admit', 'settle']);

/** It listens in any case: the socket that was handed over, or the next worker's own. */
function isHanded(message: Request): boolean {
  return message.type === 'listen' && message.fd !== undefined;
}

/** No worker will answer: it is done all the same, or it has failed. */
function giveUp({ message, resolve, reject }: Open, reason: string): void {
  if (DONE_BY_ITS_END.has(message.type) || isHanded(message)) resolve(undefined);
  else reject(new Error(reason));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
