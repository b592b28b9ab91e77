/**
 * How what prepares a service is told to end, and how long it then has: as instances are, the stop signal first, SIGKILL
 * when the grace period is over. Owns whether it was told, and the shortest time that was asked for.
 */
import type { ServiceSpec } from '../model/project.ts';
import { least } from './desired.ts';
import type { Running } from './drivers/driver.ts';
import { StopTimes } from './stop-times.ts';
import type { Stop } from './until-aborted.ts';

export class Ending implements Stop {
  readonly #stop = new AbortController();
  readonly #inHurry = new Set<(graceMs: number) => void>();
  #begun = false;
  /** In place of the definition's. */
  #graceMs: number | undefined;

  /** Aborts when it is told to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** @param graceMs undefined: what the definition gives it. No effect when it was told before */
  begin(graceMs?: number): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#graceMs = least(graceMs, this.#graceMs);
    this.#stop.abort();
  }

  /** So long from now on, or from when it is told to end; or what it has left if that is less. */
  hurry(graceMs: number): void {
    this.#graceMs = least(graceMs, this.#graceMs);
    for (const hurry of this.#inHurry) hurry(graceMs);
  }

  /** A process that goes with it. @returns to be called when that has gone */
  ends(running: Running, { stopSignal, stopGraceMs }: ServiceSpec): () => void {
    let timer: NodeJS.Timeout | undefined;
    const times = new StopTimes((ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => void running.kill(), ms);
    });
    const hurry = (graceMs: number): void => times.hurry(graceMs, stopGraceMs);
    const begin = (): void => {
      times.asked('stop', this.#graceMs);
      running.signal(stopSignal ?? running.stopSignal);
      times.signalled(stopGraceMs);
      this.#inHurry.add(hurry);
    };
    this.signal.addEventListener('abort', begin, { once: true });
    if (this.#begun) begin();
    return () => {
      clearTimeout(timer);
      this.#inHurry.delete(hurry);
      this.signal.removeEventListener('abort', begin);
    };
  }
}
