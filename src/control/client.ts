/**
 * A command's end of the control socket. Owns one connection; what it asked for ends with it, its lease included.
 */
import { connect, type Socket } from 'node:net';
import { type ErrorData, MsvcError } from '../model/error.ts';
import { VERSION } from '../model/version.ts';
import { START_REQUEST, type Started } from './engine-start.ts';
import { FrameReader, requestFrame } from './frames.ts';
import { type EngineFrame, type Item, type Method, type Params, PROTOCOL_VERSION, type Result } from './protocol.ts';

interface Pending {
  item(value: unknown): void;
  done(value: unknown): void;
  fail(error: MsvcError): void;
}

export class Client {
  hello!: Result<'hello'>;
  /** Resolves when the connection is over, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #over = false;
  #end = (): void => {};
  /** What the connection ended of, where that is known. */
  #reason: MsvcError | null = null;
  /** Frames of this turn: they leave in one write, the greeting with the first request. */
  #unsent = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on('data', (chunk: Buffer) => {
      for (const value of reader.push(chunk)) this.#take(value as EngineFrame);
    });
    this.ended = new Promise((resolve) => {
      this.#end = (): void => {
        this.#over = true;
        for (const pending of this.#pending.values()) pending.fail(this.#endedOf());
        this.#pending.clear();
        resolve();
      };
    });
    socket.on('error', () => {});
    socket.on('close', this.#end);
    // Node closes a child's descriptors when it exits: nothing will be told of that any more.
    if (socket.destroyed) this.#end();
  }

  /**
   * @param presumed how the engine will greet, where its record tells: nobody waits for the greeting then, and requests
   *   fail with MSVC_ENGINE_VERSION when it is another one after all
   * @throws the system's error when nobody listens (ENOENT, ECONNREFUSED), MsvcError MSVC_ENGINE_VERSION when the
   *   engine speaks another protocol.
   */
  static async connect(socketPath: string, presumed: Result<'hello'> | null = null): Promise<Client> {
    const socket = connect(socketPath);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.removeAllListeners('error');
    const client = new Client(socket);
    const greeting = client.#greet();
    if (presumed) {
      client.hello = presumed;
      greeting.catch(() => {});
    } else {
      await greeting;
    }
    return client;
  }

  /**
   * Of an engine that this command begins: the connection is there before the engine is. Resolves when that listens;
   * with null when it will not, since another engine holds the project.
   * @param atOnce asks for what can be asked already: it is answered as soon as the engine is there, or fails with the
   *   connection
   * @throws MsvcError MSVC_ENGINE_LOST when it ended without a word, and what kept it from starting
   */
  static async first(socket: Socket, atOnce: (client: Client) => void = () => {}): Promise<Client | null> {
    const client = new Client(socket);
    const start = new Promise<Started>((resolve, reject) => {
      client.#expect(START_REQUEST, {
        item: () => {},
        done: (value) => resolve(value as Started),
        fail: reject,
      });
    });
    const greeting = client.#greet();
    greeting.catch(() => {});
    atOnce(client);
    try {
      if (!(await start).started) {
        client.close();
        return null;
      }
      await greeting;
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** @param written parameters that are JSON already, by their names: they are sent as they are */
  request<M extends Method, K extends keyof Params<M> & string = never>(
    method: M,
    params: Omit<Params<M>, K>,
    written?: Readonly<Record<K, string>>,
  ): Promise<Result<M>> {
    return new Promise((resolve, reject) => {
      const pending = { item: () => {}, done: (value: unknown) => resolve(value as Result<M>), fail: reject };
      this.#send(method, params, pending, written);
    });
  }

  /**
   * Asks at once; items as they come. Leaving the loop, or `signal`, ends the wish to know; the engine stops at the
   * connection's end.
   */
  stream<M extends Method>(method: M, params: Params<M>, signal?: AbortSignal): AsyncGenerator<Item<M>> {
    const batches = this.batches(method, params, signal);
    return (async function* () {
      for await (const batch of batches) {
        for (const item of batch) {
          if (signal?.aborted) return;
          yield item;
        }
      }
    })();
  }

  /** As `stream`, with all that has come since it was last asked for at once. */
  batches<M extends Method>(method: M, params: Params<M>, signal?: AbortSignal): AsyncGenerator<readonly Item<M>[]> {
    let queue: Item<M>[] = [];
    let wake: () => void = () => {};
    let over = false;
    let failure: MsvcError | undefined;
    const finish = (error?: MsvcError): void => {
      over = true;
      failure = error;
      wake();
    };
    const stop = (): void => finish();
    signal?.addEventListener('abort', stop, { once: true });
    this.#send(method, params, {
      item: (value) => {
        queue.push(value as Item<M>);
        wake();
      },
      done: () => finish(),
      fail: finish,
    });
    return (async function* () {
      try {
        for (;;) {
          if (signal?.aborted) return;
          if (queue.length > 0) {
            const batch = queue;
            queue = [];
            yield batch;
          } else if (over) {
            if (failure) throw failure;
            return;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    })();
  }

  close(): void {
    this.#flush();
    this.#socket.destroy();
  }

  #greet(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#send(
        'hello',
        { version: VERSION, protocol: PROTOCOL_VERSION },
        {
          item: () => {},
          done: (value) => {
            this.hello = value as Result<'hello'>;
            if (this.hello.protocol === PROTOCOL_VERSION) return resolve();
            const reason = new MsvcError('MSVC_ENGINE_VERSION', 'the engine speaks another protocol', {
              facts: { engineVersion: this.hello.version, commandVersion: VERSION, pid: this.hello.pid },
            });
            this.#reason = reason;
            // At once: answers to requests that were sent with the greeting may stand behind it.
            this.#end();
            this.close();
            reject(reason);
          },
          fail: reject,
        },
      );
    });
  }

  #send(method: Method, params: object, pending: Pending, written: Readonly<Record<string, string>> = {}): void {
    const id = this.#nextId++;
    if (!this.#expect(id, pending)) return;
    if (this.#unsent === '') process.nextTick(() => this.#flush());
    this.#unsent += requestFrame(id, method, params, written);
  }

  #flush(): void {
    if (this.#unsent !== '') this.#socket.write(this.#unsent);
    this.#unsent = '';
  }

  #endedOf(): MsvcError {
    this.#reason ??= new MsvcError('MSVC_ENGINE_LOST', 'the engine closed the connection');
    return this.#reason;
  }

  /** @returns false when nothing will come any more; `pending` has been told then */
  #expect(id: number, pending: Pending): boolean {
    if (this.#over) pending.fail(this.#endedOf());
    else this.#pending.set(id, pending);
    return !this.#over;
  }

  #take(value: EngineFrame): void {
    const pending = this.#pending.get(value.id);
    if (!pending) return;
    if ('item' in value) {
      pending.item(value.item);
      return;
    }
    this.#pending.delete(value.id);
    if ('error' in value) pending.fail(MsvcError.fromData(value.error as ErrorData));
    else pending.done(value.result);
  }
}
