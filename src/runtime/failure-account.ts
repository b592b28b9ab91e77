/**
 * What follows the end of one instance, by its restart policy. Owns the count of its failures and the delay that grows
 * with them. An end that a person asked for by a signal is no failure: it is not counted and delays as the first one.
 */
import type { RestartSpec } from '../model/project.ts';
import type { Verdict } from './lifecycle.ts';
import { type BackoffState, NO_FAILURES, nextDelay } from './restarts/backoff.ts';
import { decideRestart } from './restarts/index.ts';
import type { EndedInstance } from './restarts/policy.ts';

/** Signals that usually end a program; others (SIGHUP, SIGUSR1) ask it for something else. */
const ENDING: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGABRT']);

export class FailureAccount {
  #backoff: BackoffState = NO_FAILURES;
  #isAsked = false;

  get isCrashLoop(): boolean {
    return this.#backoff.crashLoop;
  }

  forget(): void {
    this.#backoff = NO_FAILURES;
  }

  launched(): void {
    this.#isAsked = false;
  }

  /** A person sent this signal to the launch that runs. */
  signalled(signal: string): void {
    this.#isAsked = ENDING.has(signal);
  }

  /** Asked once for each end. @param readyForMs how long the launch had been ready; 0 = never */
  verdict(spec: RestartSpec, ended: Omit<EndedInstance, 'attempts'>, readyForMs: number): Verdict {
    const answer = decideRestart(spec, { ...ended, attempts: this.#backoff.attempts });
    if (answer === 'completed') return { action: 'complete' };
    if (answer === 'failed') return { action: 'fail' };
    const failure = { now: performance.now(), readyForMs, random: Math.random() };
    const { state, delayMs } = nextDelay(this.#isAsked ? NO_FAILURES : this.#backoff, failure);
    if (!this.#isAsked) this.#backoff = state;
    return { action: 'relaunch', delayMs: Math.round(delayMs), attempt: state.attempts, crashLoop: state.crashLoop };
  }
}
