/**
 * One container from its start to its removal, as the supervisor sees an instance. Knows its end from the engine's
 * `wait`; when the engine goes away in the middle it looks again once that is back. Its output is attached before it
 * starts, so that nothing is lost; it is removed when it has ended and all of its output has been read.
 */
import type { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Exit } from '../../../model/instance.ts';
import type { InstanceLog } from '../../logs/instance-log.ts';
import type { FilledCommand, ImageHealthcheck, Member, Reach, Running, Stdio, Usage } from '../driver.ts';
import { exitOf } from '../exit.ts';
import { StdioOutput, writeInput } from '../stdio.ts';
import type { ContainerEngine, ContainerEvent } from './engine.ts';
import { statusOf } from './errors.ts';
import { execute } from './execute.ts';
import { isHere, membersHere } from './members.ts';
import { outputReader } from './output.ts';
import { removeContainer } from './sweep.ts';
import { type EngineStats, usageOf } from './usage.ts';

/** How long output may stay open after the end until it counts as read. */
const DRAIN_MS = 2_000;
/** How long a kill waits for an engine that is away until the container is left to the next sweep. */
const ABANDON_MS = 3_000;
const KILLED: Exit = { code: null, signal: 'SIGKILL' };

export interface ContainerParts {
  readonly engine: ContainerEngine;
  readonly container: Docker.Container;
  readonly log: InstanceLog;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly healthcheck: ImageHealthcheck | null;
  readonly stopSignal: string;
  readonly memoryLimitBytes: number | undefined;
  /** It has been removed, or was left behind because the engine is away. */
  readonly onGone: (left: boolean) => void;
}

export class RunningContainer implements Running {
  readonly exited: Promise<Exit>;
  readonly emptied: Promise<void>;
  readonly drained: Promise<void>;
  readonly healthcheck: ImageHealthcheck | null;
  readonly stopSignal: string;
  stdio?: Stdio;
  pid = 0;
  reach: Reach = { hosts: [], portOf: (port) => port };
  readonly #parts: ContainerParts;
  #settleExit: (exit: Exit) => void = () => {};
  #settleDrained: () => void = () => {};
  #abandon: () => void = () => {};
  readonly #abandoned: Promise<'abandoned'>;
  /** Its processes are seen from here. */
  #here = false;
  #paused = false;
  #onPaused: (paused: boolean) => void = () => {};
  #ended = false;
  /** To stop, or whatever a signal means. */
  #asked = false;
  #killed = false;
  #lastOutputAt = 0;
  readonly #heard = new StdioOutput();

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.healthcheck = parts.healthcheck;
    this.stopSignal = parts.stopSignal;
    this.exited = new Promise((resolve) => {
      this.#settleExit = resolve;
    });
    this.drained = new Promise((resolve) => {
      this.#settleDrained = resolve;
    });
    this.#abandoned = new Promise((resolve) => {
      this.#abandon = () => resolve('abandoned');
    });
    this.emptied = this.exited.then(() => this.#clearAway());
    parts.engine.listen(parts.container.id, (event) => this.#noticed(event));
  }

  get container(): string {
    return this.#parts.container.id.slice(0, 12);
  }

  /** Attaches to its output. Before the start: then nothing is lost. */
  async attach(): Promise<void> {
    const { container, stdinOpen } = this.#parts;
    const wanted = { stream: true, stdout: true, stderr: true, ...(stdinOpen && { stdin: true, hijack: true }) };
    const stream = (await container.attach(wanted)) as unknown as Duplex;
    this.#read(stream);
    if (stdinOpen) this.stdio = this.#stdioOf(stream);
  }

  /** Starts it. @throws the engine's error; it has not run then */
  async start(): Promise<void> {
    const { container, engine } = this.#parts;
    const ends = container.wait({ condition: 'next-exit' });
    ends.catch(() => {});
    await container.start();
    void this.#watch(ends);
    const { State: state } = await container.inspect().catch((error: unknown) => {
      // Somebody removed it at once; `wait` tells.
      if (statusOf(error) === 404 || engine.noteLost(error)) return { State: null };
      throw error;
    });
    if (!state) return;
    this.pid = state.Pid;
    this.#here = isHere(state.Pid, container.id);
    // It may have ended before the engine took note of our waiting.
    if (!state.Running && state.FinishedAt > state.StartedAt) this.#end(this.#exitOf(state));
  }

  signal(signal: string): void {
    if (this.#ended) return;
    this.#asked = true;
    // Also of an engine that is away.
    if (signal === 'SIGKILL') return void this.kill();
    void this.#send(signal).catch((error) => this.#parts.engine.noteLost(error));
  }

  async kill(): Promise<readonly number[]> {
    if (this.#ended) return [];
    this.#killed = true;
    const timer = setTimeout(this.#abandon, ABANDON_MS);
    if (this.#parts.engine.isUp) clearTimeout(timer);
    await this.#send('SIGKILL').catch((error) => this.#parts.engine.noteLost(error));
    return this.pid > 0 ? [this.pid] : [];
  }

  async members(): Promise<readonly Member[]> {
    if (this.#ended || !this.#parts.engine.isUp) return [];
    return this.#here ? membersHere(this.pid) : this.#top();
  }

  async #top(): Promise<readonly Member[]> {
    try {
      const top = (await this.#parts.container.top({ ps_args: '-eo pid,args' })) as { Processes?: string[][] };
      return (top.Processes ?? []).map(([pid, ...words]) => ({
        pid: Number(pid),
        command: words.join(' ').slice(0, 200),
      }));
    } catch {
      return [];
    }
  }

  async usage(): Promise<Usage | null> {
    if (this.#ended || !this.#parts.engine.isUp) return null;
    try {
      const options = { stream: false, 'one-shot': true } as unknown as { stream: false };
      return usageOf((await this.#parts.container.stats(options)) as unknown as EngineStats);
    } catch {
      return null;
    }
  }

  execute(command: FilledCommand, signal: AbortSignal): ReturnType<NonNullable<Running['execute']>> {
    return execute(this.#parts.container, command, signal);
  }

  onPaused(listener: (paused: boolean) => void): void {
    this.#onPaused = listener;
    if (this.#paused) listener(true);
  }

  /** Input that was given to an engine that went away is lost; a new attachment would not be the same stream. */
  #stdioOf(stream: Duplex): Stdio {
    const { container, tty } = this.#parts;
    return {
      isTerminal: tty,
      listen: (listener) => this.#heard.listen(listener),
      write: (bytes) => writeInput(stream, bytes),
      resize: (w, h) => {
        if (tty) void container.resize({ h, w }).catch(() => {});
      },
    };
  }

  #read(stream: Readable): void {
    const { log, tty, stdinOpen } = this.#parts;
    const inputs = { stdout: log.open('stdout'), stderr: log.open('stderr') };
    let full = false;
    const read = outputReader(tty, (name, chunk) => {
      if (!inputs[name].push(chunk)) full = true;
      if (stdinOpen) this.#heard.take(name, chunk);
    });
    stream.on('data', (chunk: Buffer) => {
      this.#lastOutputAt = Date.now();
      read(chunk);
      if (!full) return;
      full = false;
      stream.pause();
      void inputs.stdout.room().then(() => stream.resume());
    });
    const close = (): void => {
      void Promise.all([inputs.stdout.end(), inputs.stderr.end()]).then(() => {
        if (this.#ended) this.#settleDrained();
      });
    };
    stream.once('close', close);
    stream.once('error', () => {});
    void this.exited.then(() => {
      if (stream.closed || stream.destroyed) return this.#settleDrained();
      setTimeout(() => stream.destroy(), DRAIN_MS).unref();
      return undefined;
    });
  }

  /** The engine's answer to `wait`, or what it says once it is back. */
  async #watch(ends: Promise<{ StatusCode: number }>): Promise<void> {
    const { engine, container } = this.#parts;
    let waiting: Promise<{ StatusCode: number }> = ends;
    for (;;) {
      const { lost, forget } = engine.nextLoss();
      const answer = await Promise.race([waiting.catch((error: unknown) => ({ error })), lost, this.#abandoned]);
      forget();
      if (this.#ended) return;
      if (answer === 'abandoned') return this.#end(KILLED);
      if (answer !== 'lost' && 'StatusCode' in answer) return this.#end(await this.#explained(answer.StatusCode));
      if (answer !== 'lost') {
        if (statusOf(answer.error) === 404) return this.#end(KILLED);
        engine.noteLost(answer.error);
      }
      const back = await Promise.race([engine.whenUp().then(() => 'up' as const), this.#abandoned]);
      if (back === 'abandoned') return this.#end(KILLED);
      try {
        const { State: state } = await container.inspect();
        if (!state.Running) return this.#end(this.#exitOf(state));
        // It has gone on without the engine (live restore).
        waiting = container.wait({ condition: 'not-running' });
        this.#read(await this.#missedOutput());
        if (this.#killed) await this.#send('SIGKILL');
      } catch (error) {
        if (statusOf(error) === 404) return this.#end(KILLED);
        engine.noteLost(error);
        waiting = Promise.reject(error);
        waiting.catch(() => {});
      }
    }
  }

  /** Of an end that nobody asked for, more is asked than its code. */
  async #explained(code: number): Promise<Exit> {
    if (code === 0 || this.#asked || this.#killed) return exitOf(code);
    try {
      return this.#exitOf((await this.#parts.container.inspect()).State);
    } catch (error) {
      this.#parts.engine.noteLost(error);
      return exitOf(code);
    }
  }

  #exitOf({ ExitCode: code, OOMKilled: oom }: { ExitCode: number; OOMKilled: boolean }): Exit {
    const limitBytes = this.#parts.memoryLimitBytes ?? null;
    return { ...exitOf(code), ...(oom && code !== 0 && { outOfMemory: { limitBytes } }) };
  }

  /** Of the engine's own copy, since the last that was seen: some lines may come twice, none is missing. */
  async #missedOutput(): Promise<Readable> {
    const since = Math.floor(this.#lastOutputAt / 1000);
    const options = { follow: true as const, stdout: true, stderr: true, since };
    return (await this.#parts.container.logs(options)) as unknown as Readable;
  }

  #noticed({ action }: ContainerEvent): void {
    if (action === 'oom') {
      const limit = this.#parts.memoryLimitBytes;
      this.#parts.log.note(`out of memory${limit === undefined ? '' : ` (limit ${limit} bytes)`}`);
    }
    // Removed with force: `wait` may not be answered for a container that is not there.
    if (action === 'destroy') this.#end(KILLED);
    if (action !== 'pause' && action !== 'unpause') return;
    this.#paused = action === 'pause';
    this.#onPaused(this.#paused);
  }

  /** A frozen process takes no signal before it goes on. */
  async #send(signal: string): Promise<void> {
    const { container } = this.#parts;
    if (this.#paused) await container.unpause().catch(() => {});
    await container.kill({ signal }).catch((error: unknown) => {
      // Not running any more, or gone.
      const status = statusOf(error);
      if (status !== 409 && status !== 404) throw error;
    });
  }

  #end(exit: Exit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settleExit(exit);
    // No stream was ever attached, or it is stuck: the end is not held up for ever.
    setTimeout(() => this.#settleDrained(), DRAIN_MS + 500).unref();
  }

  /** What is left of it: nothing, unless the engine is away. */
  async #clearAway(): Promise<void> {
    const { engine, container, onGone } = this.#parts;
    await this.drained;
    engine.forget(container.id);
    let left = false;
    try {
      if (engine.isUp) await removeContainer(container);
      else left = true;
    } catch (error) {
      // Otherwise the engine refused, and the sweep at the end tells it.
      left = engine.noteLost(error);
    }
    onGone(left);
  }
}
