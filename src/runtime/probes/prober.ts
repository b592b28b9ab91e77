/**
 * Runs an instance's probe by its schedule and reports; the lifecycle decides what a report means.
 *
 * Until the first pass: from 2 ms on, in pauses that grow with the time waited (a quarter of it up to 10 ms, then an
 * eighth) up to `startIntervalMs`; growth begins again when the port first accepts. After it: every `intervalMs`, each check ended
 * after `timeoutMs`. One check at a time. Uses no wall clock.
 */
import type { Healthcheck } from '../../model/project.ts';
import { Connector } from './connect.ts';
import { type Clocks, GapWatch, systemClocks } from './gap-watch.ts';
import type { Probe, ProbeResult } from './probe.ts';

export type FailedProbe = Extract<ProbeResult, { ok: false }>;

export interface ProberOptions {
  readonly probe: Probe;
  readonly healthcheck: Pick<Healthcheck, 'intervalMs' | 'timeoutMs' | 'retries' | 'startIntervalMs'>;
  /** Each pass. `host`: the loopback address it listens on, null where that is not known. */
  readonly onPass: (host: string | null) => void;
  /**
   * Each failure with how many there were in a row; `retries` of them mean unhealthy. Before the first pass a port
   * that nobody listens on yet is no news and not reported.
   */
  readonly onFail: (result: FailedProbe, consecutive: number) => void;
  readonly clocks?: Clocks;
  /** The engine did not run for longer than this: failures of the next interval are reported but not counted. Default: the interval, from 1 s to 5 s. */
  readonly gapMs?: number;
}

export interface Prober {
  /** Checks at once (something was noticed elsewhere), and closely until it is certain. */
  checkNow(): void;
  /** Ends a running check; nothing is reported any more. */
  stop(): void;
}

const FIRST_PAUSE_MS = 2;
/** A service that starts in no time is seen at once; one that does not is asked seldom. */
const SHORT_PAUSE_MS = 10;
const PARTS_OF_WAIT = { short: 4, long: 8 } as const;
/** An exec probe waits for the port, but not for ever: the service may listen elsewhere and the command know better. */
const GATE_MS = 1_000;

/**
 * Later checks of all instances fall into common slots: waking up for each alone costs as much CPU again as the check
 * itself. An interval is shorter by up to a slot for it.
 */
const SLOT_MS = 500;
const SLOT_FROM_MS = 4_000;

export function startProber(options: ProberOptions): Prober {
  return new ScheduledProber(options);
}

class ScheduledProber implements Prober {
  readonly #options: ProberOptions;
  readonly #clocks: Clocks;
  readonly #gaps: GapWatch;
  readonly #connector = new Connector();
  readonly #started: number;
  #grewFrom: number;
  #timer: NodeJS.Timeout | null = null;
  #running: AbortController | null = null;
  #unlisten: (() => void) | undefined;
  #stopped = false;
  #passed = false;
  #accepted = false;
  #suspected = false;
  #failures = 0;
  #forgivenUntil = Number.NEGATIVE_INFINITY;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#clocks = options.clocks ?? systemClocks;
    this.#gaps = new GapWatch(
      options.gapMs ?? Math.min(Math.max(options.healthcheck.intervalMs, 1_000), 5_000),
      this.#clocks,
    );
    this.#started = this.#clocks.now();
    this.#grewFrom = this.#started;
    const { probe } = options;
    if (probe.listen) this.#unlisten = probe.listen(() => void this.#report({ ok: true, host: null }));
    else this.#schedule(probe.kind === 'none' ? 0 : FIRST_PAUSE_MS);
  }

  checkNow(): void {
    if (this.#stopped || this.#running || (this.#passed && !this.#options.probe.repeats)) return;
    if (this.#options.probe.listen) return;
    this.#suspected = this.#passed;
    this.#schedule(0);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running?.abort();
    this.#unlisten?.();
  }

  #schedule(pauseMs: number): void {
    if (this.#stopped) return;
    if (this.#timer) clearTimeout(this.#timer);
    const due = this.#clocks.now() + pauseMs;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#run(this.#clocks.now() - due);
    }, pauseMs);
  }

  async #run(lateMs: number): Promise<void> {
    const { healthcheck } = this.#options;
    const controller = new AbortController();
    this.#running = controller;
    const due = this.#clocks.now() + healthcheck.timeoutMs;
    const timeout = setTimeout(() => controller.abort(), healthcheck.timeoutMs);
    const result = await this.#check(controller.signal);
    clearTimeout(timeout);
    this.#running = null;
    if (this.#stopped) return;
    if (this.#gaps.passed(Math.max(lateMs, this.#clocks.now() - due))) this.#forgive();
    await this.#report(result);
    if (!this.#stopped && (this.#options.probe.repeats || !this.#passed)) this.#schedule(this.#pauseMs());
  }

  async #check(signal: AbortSignal): Promise<ProbeResult> {
    const { probe } = this.#options;
    if (!this.#passed && probe.gatePort !== null && this.#clocks.now() - this.#started < GATE_MS) {
      const gate = await this.#connector.connect(probe.gatePort, signal);
      if (!gate.ok) return gate;
      gate.socket.on('error', () => {});
      gate.socket.destroy();
    }
    return probe.check(signal);
  }

  async #report(result: ProbeResult): Promise<void> {
    if (this.#stopped) return;
    if (result.ok) {
      this.#failures = 0;
      this.#suspected = false;
      const host = result.host ?? (this.#passed ? null : await this.#locate());
      if (this.#stopped) return;
      this.#passed = true;
      this.#options.onPass(host);
      return;
    }
    if (!this.#passed && result.refused) return;
    if (!this.#accepted) {
      this.#accepted = true;
      this.#grewFrom = this.#clocks.now();
    }
    if (this.#clocks.now() >= this.#forgivenUntil) this.#failures += 1;
    if (this.#failures >= this.#options.healthcheck.retries) this.#suspected = false;
    this.#options.onFail(result, this.#failures);
  }

  /** Where it listens, when the probe did not have to know. */
  async #locate(): Promise<string | null> {
    const { probe, healthcheck } = this.#options;
    if (probe.locatePort === null) return null;
    const controller = new AbortController();
    this.#running = controller;
    const timeout = setTimeout(() => controller.abort(), healthcheck.timeoutMs);
    const found = await this.#connector.connect(probe.locatePort, controller.signal);
    clearTimeout(timeout);
    this.#running = null;
    if (!found.ok) return null;
    found.socket.on('error', () => {});
    found.socket.destroy();
    return found.host;
  }

  #pauseMs(): number {
    const { intervalMs, startIntervalMs } = this.#options.healthcheck;
    if (this.#suspected) return Math.min(intervalMs, startIntervalMs);
    if (this.#passed)
      return intervalMs < SLOT_FROM_MS ? intervalMs : intervalMs - ((this.#clocks.now() + intervalMs) % SLOT_MS);
    const waited = this.#clocks.now() - this.#grewFrom;
    const grown = Math.max(Math.min(waited / PARTS_OF_WAIT.short, SHORT_PAUSE_MS), waited / PARTS_OF_WAIT.long);
    return Math.max(FIRST_PAUSE_MS, Math.min(startIntervalMs, grown));
  }

  #forgive(): void {
    const { intervalMs, timeoutMs } = this.#options.healthcheck;
    this.#failures = 0;
    this.#forgivenUntil = this.#clocks.now() + intervalMs + timeoutMs;
  }
}
