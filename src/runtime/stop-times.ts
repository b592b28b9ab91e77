/** How long the stop of an instance may take: for requests in flight, then until its group is killed. */
import type { StopReason } from '../model/instance.ts';

/** A stop that somebody waits for gives requests in flight this long before the stop signal. */
const DRAIN_MS = { quick: 1_000, rolling: 5_000 } as const;

export class StopTimes {
  readonly #killAfter: (ms: number) => void;
  #drainMs: number = DRAIN_MS.quick;
  /** In place of the definition's. */
  #graceMs: number | null = null;
  /** When the group is killed; null before the stop signal. On the clock of `performance`. */
  #deadline: number | null = null;

  constructor(killAfter: (ms: number) => void) {
    this.#killAfter = killAfter;
  }

  get drainMs(): number {
    return this.#drainMs;
  }

  /** From the stop signal on. 0 before it. */
  get remainingMs(): number {
    return Math.max(0, Math.round((this.#deadline ?? 0) - performance.now()));
  }

  /** @param defined of the definition */
  graceMs(defined: number): number {
    return this.#graceMs ?? defined;
  }

  launched(): void {
    this.#graceMs = null;
    this.#deadline = null;
  }

  asked(reason: StopReason, graceMs: number | undefined): void {
    this.#graceMs = graceMs ?? null;
    this.#drainMs = reason === 'replaced' || reason === 'scale' ? DRAIN_MS.rolling : DRAIN_MS.quick;
  }

  /** The stop signal has been sent. */
  signalled(defined: number): void {
    this.#begin(this.graceMs(defined));
  }

  /** So long from now on, or what it has left if that is less. */
  hurry(graceMs: number, defined: number): void {
    if (this.#deadline === null) this.#graceMs = Math.min(graceMs, this.graceMs(defined));
    else if (performance.now() + graceMs < this.#deadline) this.#begin(graceMs);
  }

  #begin(graceMs: number): void {
    this.#deadline = performance.now() + graceMs;
    this.#killAfter(graceMs);
  }
}
