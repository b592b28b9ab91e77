/**
 * Keeps one instance as its lifecycle says: performs the effects of `step`, feeds back what happens. Owns the
 * instance's state, its process, its prober and its timers, and is the only writer of its registry row.
 *
 * What belongs to an earlier launch (a late exit, a timer, a probe) is dropped by `epoch`.
 */
import { errorData } from '../model/error.ts';
import type { NewEvent } from '../model/event.ts';
import { type Exit, isAtRest, type Phase, type StopReason } from '../model/instance.ts';
import type { InstanceId } from '../model/names.ts';
import type { Healthcheck, ServiceSpec } from '../model/project.ts';
import { type Announcement, announcement, isAnnouncement } from './announcement.ts';
import type { LaunchRequest, Running } from './drivers/driver.ts';
import { FailureAccount } from './failure-account.ts';
import { type Effect, INITIAL, type Input, type State, step, type Verdict } from './lifecycle.ts';
import { type InstanceLog, TAIL_LINES } from './logs/instance-log.ts';
import { effectiveHealthcheck, probeOf } from './probes/effective.ts';
import { type Prober, startProber } from './probes/prober.ts';
import { isDebugged } from './processes/debugged.ts';
import { StopTimes } from './stop-times.ts';
import type { SupervisorParts } from './supervisor-parts.ts';
import { Timers } from './timers.ts';

const LINGER_EVERY_MS = 1_000;
const SLOW_START_MS = 3_000;

export class Supervisor {
  readonly id: InstanceId;
  readonly replica: number;
  readonly generation: number;
  readonly #parts: SupervisorParts;
  #state: State = INITIAL;
  #epoch = 0;
  #launches = 0;
  #port: number | null;
  #running: Running | null = null;
  /** What it was launched with. */
  #request: LaunchRequest | null = null;
  /** The latest launch that got a process, whether that still runs or not. */
  #last: Running | null = null;
  #prober: Prober | null = null;
  readonly #timers = new Timers();
  readonly #failures = new FailureAccount();
  /** Aborts a launch that has no process yet. */
  #launching: AbortController | null = null;
  #killTold = Promise.resolve();
  #paused = false;
  #host = '127.0.0.1';
  #launchedAt = 0;
  #readyAt: number | null = null;
  #lastExit: Exit = { code: null, signal: null };
  readonly #stopTimes = new StopTimes((ms) => this.#after('grace', ms, () => this.#feed({ type: 'grace-over' })));
  #cause: number | undefined;
  #settled: (() => void)[] = [];

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.replica = parts.replica;
    this.generation = parts.generation;
    this.#port = parts.port;
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  get port(): number | null {
    return this.#port;
  }

  /** The definition that it runs. */
  get spec(): ServiceSpec {
    return this.#parts.spec();
  }

  get running(): Running | null {
    return this.#running;
  }

  get crashLooping(): boolean {
    return this.#state.phase === 'backing-off' && this.#failures.isCrashLoop;
  }

  get lastExit(): Exit {
    return this.#lastExit;
  }

  /** Number of its latest event: the cause of what follows from it. */
  get lastEvent(): number | undefined {
    return this.#cause;
  }

  get log(): InstanceLog {
    return this.#parts.log;
  }

  /** Starts it, or starts it now when it is waiting for another attempt (earlier failures are forgotten). */
  launch(cause?: number): void {
    this.#cause = cause;
    this.#failures.forget();
    this.#feed({ type: 'launch' });
  }

  /** Resolves when it is at rest. `graceMs` overrides the definition's. */
  stop(reason: StopReason, options: { graceMs?: number | undefined; cause?: number | undefined } = {}): Promise<void> {
    this.#cause = options.cause;
    this.#stopTimes.asked(reason, options.graceMs);
    this.#feed({ type: 'stop', reason });
    this.#launching?.abort();
    return this.atRest();
  }

  /** A stop that is under way gets this long from now on, or what it has left if that is less. */
  hurry(graceMs: number): void {
    if (this.#state.phase === 'stopping') this.#stopTimes.hurry(graceMs, this.#parts.spec().stopGraceMs);
  }

  /** Sends a signal that a person asked for. An end that follows is no failure: none is counted, and its cause is known. */
  signal(signal: string, cause: number): void {
    if (!this.#running) return;
    this.#failures.signalled(signal);
    this.#cause = cause;
    this.#running.signal(signal);
  }

  kill(reason: StopReason, cause?: number): Promise<void> {
    this.#cause = cause;
    this.#feed({ type: 'kill', reason });
    this.#launching?.abort();
    return this.atRest();
  }

  /** No process of it exists and none will come by itself. */
  atRest(): Promise<void> {
    if (isAtRest(this.#state.phase)) return Promise.resolve();
    return new Promise((resolve) => this.#settled.push(resolve));
  }

  /** The gateway met refused connections: look now. */
  suspect(): void {
    this.#prober?.checkNow();
  }

  /** The health check of the definition changed. */
  reprobe(): void {
    if (!this.#prober) return;
    this.#prober.stop();
    this.#startProbing();
  }

  /** What has left its group (a daemon) and outlived it. */
  async endStrays(): Promise<void> {
    await this.#last?.kill();
  }

  async dispose(): Promise<void> {
    this.#timers.clear();
    this.#prober?.stop();
    await this.#parts.log.close();
  }

  #feed(input: Input): void {
    const { state, effects } = step(this.#state, input, {
      retries: this.#healthcheck().retries,
      restartsUnhealthy: this.#parts.spec().restart.policy !== 'no',
    });
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#parts.onChange();
    if (!isAtRest(this.#state.phase)) return;
    this.#timers.clear();
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  #emit(event: Record<string, unknown> & { type: string }): void {
    const { service, replica, id: instance } = this.#parts;
    this.#cause = this.#parts.emit({ ...event, service, replica, instance, cause: this.#cause } as unknown as NewEvent);
  }

  #announce(effect: Announcement): void {
    const { service, replica, log } = this.#parts;
    if (effect.type === 'announce-exited') this.#lastExit = effect.exit;
    this.#emit(
      announcement(effect, {
        service,
        replica,
        launch: this.#launches,
        running: this.#running,
        port: this.port,
        probe: this.#healthcheck().probe.kind,
        graceMs: this.#stopTimes.graceMs(this.#parts.spec().stopGraceMs),
        tookMs: Math.round(performance.now() - this.#launchedAt),
        lastExit: this.#lastExit,
        tail: () => log.tail(TAIL_LINES),
      }),
    );
  }

  #perform(effect: Effect): void {
    if (isAnnouncement(effect)) {
      this.#announce(effect);
      return;
    }
    const { registry, id, log } = this.#parts;
    switch (effect.type) {
      case 'launch':
        void this.#launch();
        return;
      case 'start-probing':
        this.#startProbing();
        this.#after('start-timeout', this.#healthcheck().startPeriodMs, () => {
          // Held for a debugger: it may take all the time it wants.
          if (this.#parts.held()) return;
          this.#feed({ type: 'start-timeout' });
        });
        this.#after('slow-start', SLOW_START_MS, () => {
          if (this.#state.phase === 'starting' && this.#running) this.#parts.onSlowStart?.(this);
        });
        return;
      case 'stop-probing':
        this.#prober?.stop();
        this.#prober = null;
        this.#timers.cancel('start-timeout');
        this.#timers.cancel('slow-start');
        return;
      case 'register':
        this.#readyAt = performance.now();
        this.#timers.cancel('start-timeout');
        this.#timers.cancel('slow-start');
        this.#writeRow('ready');
        return;
      case 'withdraw':
        this.#writeRow('draining');
        return;
      case 'unregister':
        registry.remove(id);
        return;
      case 'drain': {
        const epoch = this.#epoch;
        const serves = this.#readyAt !== null && this.port !== null;
        const wait = serves ? this.#parts.drain(id, this.#stopTimes.drainMs) : Promise.resolve();
        void wait.then(() => epoch === this.#epoch && this.#feed({ type: 'drained' }));
        return;
      }
      case 'terminate':
        this.#terminate(this.#parts.spec());
        return;
      case 'force':
        this.#killTold = this.#force();
        return;
      case 'back-off':
        this.#emit({ ...effect, type: 'instance.backing-off' });
        log.note(`restarting in ${effect.delayMs} ms (attempt ${effect.attempt})`);
        this.#after('backoff', effect.delayMs, () => this.#feed({ type: 'backoff-over' }));
        return;
    }
  }

  async #launch(): Promise<void> {
    const epoch = ++this.#epoch;
    const { driver, log } = this.#parts;
    this.#launches++;
    this.#failures.launched();
    this.#readyAt = null;
    this.#stopTimes.launched();
    this.#launchedAt = performance.now();
    log.begin();
    let running: Running;
    this.#launching = new AbortController();
    try {
      // It may hold the port, and each launch would leave another one.
      if (this.#last) await this.endStrays();
      if (this.#launches > 1) await this.#moveAway();
      this.#request = this.#parts.launchRequest(log, this.#port);
      running = await driver.launch(this.#request, this.#launching);
    } catch (error) {
      this.#launching = null;
      this.#feed({ type: 'launch-failed', error: errorData(error) });
      return;
    }
    this.#launching = null;
    this.#running = running;
    this.#last = running;
    this.#paused = false;
    this.#host = running.reach.hosts[0] ?? this.#host;
    running.onPaused?.((paused) => epoch === this.#epoch && this.#frozen(paused));
    this.#feed({ type: 'launched', pid: running.pid });
    void running.exited.then(async (exit) => {
      if (epoch !== this.#epoch) return;
      // Out of balancing before anything is waited for.
      this.#parts.registry.remove(this.id);
      // Its last words are wanted in the event; they are in the pipe already, unless a child still holds it.
      await Promise.race([running.drained, new Promise((resolve) => setTimeout(resolve, 50).unref())]);
      if (epoch === this.#epoch) this.#feed({ type: 'exited', exit });
    });
    void Promise.all([running.exited, running.emptied, running.drained]).then(async ([exit]) => {
      await this.#killTold;
      if (epoch !== this.#epoch) return;
      if (this.#state.phase !== 'stopping') this.#feed({ type: 'exited', exit });
      this.#running = null;
      this.#timers.cancel('grace');
      this.#timers.cancel('linger');
      this.#feed({ type: 'emptied', verdict: this.#verdict() });
    });
  }

  /** A stranger on its port would be taken for it by a probe, and keep it from ever listening. */
  async #moveAway(): Promise<void> {
    const move = this.#port === null ? null : await this.#parts.movePort(this.#port);
    if (!move) return;
    this.#emit({ type: 'instance.moved', from: this.#port, ...move });
    this.#port = move.port;
  }

  #verdict(): Verdict {
    const goal = this.#state.phase === 'stopping' ? this.#state.goal : null;
    if (goal?.kind !== 'decide') return { action: 'fail' };
    const ended = { exit: this.#lastExit, hasPort: this.port !== null, forced: goal.because !== undefined };
    const readyForMs = this.#readyAt === null ? 0 : performance.now() - this.#readyAt;
    return this.#failures.verdict(this.#parts.spec().restart, ended, readyForMs);
  }

  #healthcheck(): Healthcheck {
    return effectiveHealthcheck(this.#parts.spec().healthcheck, this.#running?.healthcheck ?? null, this.port);
  }

  #writeRow(state: 'ready' | 'draining'): void {
    const { registry, id, service, replica } = this.#parts;
    if (this.port === null) return;
    const port = this.#running?.reach.portOf(this.port) ?? this.port;
    registry.put({ id, service, replica, host: this.#host, port, state: this.#paused ? 'draining' : state });
  }

  /** Paused or resumed from outside, as by `docker pause`: paused it takes no requests, and failed probes do not count. */
  #frozen(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#emit({ type: paused ? 'instance.paused' : 'instance.resumed' });
    if (this.#state.phase === 'ready') this.#writeRow('ready');
    if (!paused) this.#prober?.checkNow();
    this.#parts.onChange();
  }

  #startProbing(): void {
    const healthcheck = this.#healthcheck();
    const probe = probeOf(healthcheck, this.#running!, this.#request!, this.port);
    this.#prober = startProber({
      probe,
      healthcheck,
      onPass: (host) => {
        if (host !== null) this.#host = host;
        this.#feed({ type: 'probe-passed' });
      },
      onFail: (result, consecutive) => {
        if (this.#parts.held() || this.#paused) return;
        void this.#judge(consecutive, result.detail);
      },
    });
  }

  /** A service that a debugger has stopped is not unhealthy. */
  async #judge(consecutive: number, detail: string): Promise<void> {
    const epoch = this.#epoch;
    if (consecutive >= this.#healthcheck().retries) {
      const members = (await this.#running?.members()) ?? [];
      if (await isDebugged(members.map((member) => member.pid))) return;
    }
    if (epoch === this.#epoch) this.#feed({ type: 'probe-failed', consecutive, detail });
  }

  #terminate(spec: ServiceSpec): void {
    const running = this.#running;
    if (!running) return;
    running.signal(spec.stopSignal ?? running.stopSignal);
    this.#stopTimes.signalled(spec.stopGraceMs);
    this.#linger(running);
  }

  #linger(running: Running): void {
    this.#after('linger', LINGER_EVERY_MS, async () => {
      const members = await running.members();
      if (this.#running !== running || members.length === 0) return;
      this.#emit({ type: 'instance.lingering', remainingMs: this.#stopTimes.remainingMs, members });
      this.#linger(running);
    });
  }

  async #force(): Promise<void> {
    this.#timers.cancel('grace');
    const pids = (await this.#running?.kill()) ?? [];
    if (pids.length > 0) this.#emit({ type: 'instance.forced', pids });
  }

  /** Sets a timer for this launch; it does nothing once another launch has begun. */
  #after(name: string, ms: number, act: () => void): void {
    const epoch = this.#epoch;
    this.#timers.after(name, ms, () => epoch === this.#epoch && act());
  }
}
