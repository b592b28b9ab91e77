/**
 * The connection to the container engine: whether it is there, and its stream of events. Owns the one state that
 * all containers share: whether the engine can be reached. When it cannot be, it is asked again with growing pauses;
 * whoever waits (`whenUp`) goes on when it answers.
 */
import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import { type EngineFacts, type Placement, placementOf } from './address.ts';
import type { Endpoint } from './connection.ts';
import { isLost, messageOf, unavailable } from './errors.ts';
import { LABEL } from './labels.ts';
import type { AddressPool } from './subnets.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface ContainerEvent {
  readonly action: string;
  readonly id: string;
}

export interface EngineOptions {
  readonly endpoint: Endpoint;
  /** Events of containers with this scope only. */
  readonly scope: string;
  readonly onLost: (message: string) => void;
  readonly onRestored: (afterMs: number) => void;
}

/** https://docs.docker.com/reference/api/engine/ (SystemInfo) */
interface Info {
  readonly OperatingSystem?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly ServerVersion?: string;
  readonly DefaultAddressPools?: readonly AddressPool[] | null;
  readonly MemoryLimit?: boolean;
}

export interface KnownFacts extends EngineFacts {
  readonly version: string;
  /** Null: the engine's own. */
  readonly addressPools: readonly AddressPool[] | null;
  /** It has a control group for memory. */
  readonly limitsMemory: boolean;
}

export class ContainerEngine {
  readonly docker: Docker;
  readonly name: string;
  readonly #options: EngineOptions;
  readonly #listeners = new Map<string, (event: ContainerEvent) => void>();
  #events: Readable | null = null;
  #facts: KnownFacts = {
    operatingSystem: '',
    securityOptions: [],
    version: '',
    addressPools: null,
    limitsMemory: true,
  };
  #lostAt: number | null = null;
  #waiting: (() => void)[] = [];
  #mourners: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #elsewhere = false;

  constructor(options: EngineOptions) {
    const { socketPath, name } = options.endpoint;
    this.#options = options;
    this.name = name;
    // Whatever DOCKER_HOST this process was started with: the endpoint has been settled.
    this.docker = new Docker({ socketPath, host: undefined } as Docker.DockerOptions);
  }

  /** @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE */
  async connect(): Promise<void> {
    try {
      const [info] = await Promise.all([this.docker.info() as Promise<Info>, this.#follow()]);
      this.#facts = {
        operatingSystem: info.OperatingSystem ?? '',
        securityOptions: info.SecurityOptions ?? [],
        version: info.ServerVersion ?? '',
        addressPools: info.DefaultAddressPools ?? null,
        limitsMemory: info.MemoryLimit ?? true,
      };
    } catch (error) {
      throw unavailable(this.name, error);
    }
  }

  /** Known once connected. */
  get facts(): KnownFacts {
    return this.#facts;
  }

  get placement(): Placement {
    return this.#elsewhere ? 'vm' : placementOf(this.facts);
  }

  /** Its networks turned out to be none of this machine. */
  noteElsewhere(): void {
    this.#elsewhere = true;
  }

  get isUp(): boolean {
    return this.#lostAt === null;
  }

  /** Events of one container, until `forget`. */
  listen(container: string, listener: (event: ContainerEvent) => void): void {
    this.#listeners.set(container, listener);
  }

  forget(container: string): void {
    this.#listeners.delete(container);
  }

  /** Notes an error of a call. @returns whether it means that the engine cannot be reached */
  noteLost(error: unknown): boolean {
    if (!isLost(error)) return false;
    this.#lose(messageOf(error));
    return true;
  }

  /** Resolves when the engine answers (at once while it does); rejects when `signal` aborts. */
  whenUp(signal?: AbortSignal): Promise<void> {
    if (this.#lostAt === null) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== go);
        reject(unavailable(this.name, Object.assign(new Error('stopped while waiting for it'), { code: 'ABORTED' })));
      };
      const go = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(go);
    });
  }

  /** Resolves when the engine goes away the next time: an answer that is still awaited then never comes. */
  nextLoss(): { readonly lost: Promise<'lost'>; readonly forget: () => void } {
    let mourner = (): void => {};
    const lost = new Promise<'lost'>((resolve) => {
      mourner = () => resolve('lost');
      this.#mourners.push(mourner);
    });
    const forget = (): void => {
      this.#mourners = this.#mourners.filter((one) => one !== mourner);
    };
    return { lost, forget };
  }

  /** A call that is made again when the engine went away in the middle of it. Only for what may be asked twice. */
  async persist<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      await this.whenUp(signal);
      try {
        return await call();
      } catch (error) {
        if (signal?.aborted || this.#closed || !this.noteLost(error)) throw error;
      }
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#events?.destroy();
    this.#events = null;
  }

  async #follow(): Promise<void> {
    const filters = { type: ['container'], label: [`${LABEL.scope}=${this.#options.scope}`] };
    const stream = (await this.docker.getEvents({ filters: JSON.stringify(filters) as never })) as Readable;
    if (this.#closed) {
      stream.destroy();
      return;
    }
    this.#events = stream;
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') this.#tell(line);
    });
    const gone = (): void => {
      if (this.#events !== stream) return;
      this.#events = null;
      this.#lose('the connection was closed');
    };
    stream.on('error', gone);
    stream.on('close', gone);
    stream.on('end', gone);
  }

  #tell(line: string): void {
    const { Action: action = '', Actor: actor } = JSON.parse(line) as { Action?: string; Actor?: { ID?: string } };
    const id = actor?.ID ?? '';
    this.#listeners.get(id)?.({ action: action.split(':')[0]!, id });
  }

  #lose(message: string): void {
    if (this.#closed || this.#lostAt !== null) return;
    this.#lostAt = performance.now();
    this.#events?.destroy();
    this.#events = null;
    this.#options.onLost(message);
    for (const mourn of this.#mourners.splice(0)) mourn();
    this.#askAgain(FIRST_PAUSE_MS);
  }

  #askAgain(pauseMs: number): void {
    this.#timer = setTimeout(async () => {
      try {
        await this.docker.ping();
        await this.#follow();
      } catch {
        if (!this.#closed) this.#askAgain(Math.min(LONGEST_PAUSE_MS, pauseMs * 2));
        return;
      }
      if (this.#closed) return;
      const afterMs = Math.round(performance.now() - (this.#lostAt ?? 0));
      this.#lostAt = null;
      this.#options.onRestored(afterMs);
      for (const go of this.#waiting.splice(0)) go();
    }, pauseMs);
  }
}
