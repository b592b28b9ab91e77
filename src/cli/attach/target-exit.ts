/** How the service of `--exit-code-from` came to its end, where it did not end by itself: it was stopped. Pure. */
import type { MsvcEvent } from '../../model/event.ts';
import type { Exit } from '../../model/instance.ts';
import { exitCodeOfSignal } from '../flags/signal.ts';

/** As a shell has it: 128 + n when signal n ended it. */
export function exitCodeOf({ code, signal }: Exit): number {
  return signal === null ? (code ?? 1) : exitCodeOfSignal(signal);
}

export class TargetExit {
  readonly #service: string;
  readonly #codes = new Map<number, number>();

  constructor(service: string) {
    this.#service = service;
  }

  take(event: MsvcEvent): void {
    if (event.type !== 'instance.exited' || event.service !== this.#service) return;
    this.#codes.set(event.replica, exitCodeOf(event.exit));
  }

  /** Of its replicas the first that is not 0; null = none of them has run to an end. */
  get code(): number | null {
    const codes = [...this.#codes.values()];
    return codes.find((code) => code !== 0) ?? codes[0] ?? null;
  }

  /**
   * Of the whole command: never 0 where the service has not ended by itself, but for one that says so when it is stopped.
   * @param by the signal by which the command itself was cancelled; null: somebody else stopped the system
   */
  exitCode(by: NodeJS.Signals | null): number {
    if (by === null) return this.code ?? 1;
    return this.code || exitCodeOfSignal(by);
  }
}
