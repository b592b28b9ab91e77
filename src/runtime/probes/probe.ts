/**
 * How to ask an instance whether it can serve. One file a kind; each makes single checks and knows nothing of
 * schedules (`prober.ts`) or of what a failure means (the lifecycle).
 */
import type { ProbeSpec } from '../../model/project.ts';
import type { Running } from '../drivers/driver.ts';

export type ProbeResult =
  | { readonly ok: true /** Which answered, where the check tells. */; readonly host: string | null }
  | {
      readonly ok: false;
      /** Short, for people: what was expected and what came. With an HTTP answer, up to 200 characters of its body. */
      readonly detail: string;
      /** Nobody listens: the port is not open (yet, or any more). */
      readonly refused: boolean;
    };

export interface ProbeContext {
  /** Addresses to try, in order; what answered is put first from then on. Default: both loopback addresses. */
  readonly hosts?: readonly string[] | undefined;
  /** The instance's own port; a probe may name another. Null: it has none. */
  readonly port: number | null;
  /** How a command runs inside the instance; absent: as a process of this machine. */
  readonly execute?: Running['execute'] | undefined;
  /** Of the instance: what an exec probe runs in. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** Calls back for each line of the current launch until stopped. */
  readonly watchLog: (onLine: (line: string) => void) => () => void;
}

export interface Probe {
  readonly kind: ProbeSpec['kind'];
  /** A check is costly and pointless before this port accepts; null = just check. */
  readonly gatePort: number | null;
  /** The instance's own port, where a pass does not tell by itself on which address it listens; otherwise null. */
  readonly locatePort: number | null;
  /** A later check can say something new. False: what passed once has passed. */
  readonly repeats: boolean;
  /** One check. Ends soon after `signal` aborts, with a failure. Never rejects. */
  check(signal: AbortSignal): Promise<ProbeResult>;
  /** For probes that are told rather than ask: calls back once when they pass. @returns the way to stop listening */
  listen?(onPass: () => void): () => void;
}

export interface ProbeKind<K extends ProbeSpec['kind'] = ProbeSpec['kind']> {
  readonly kind: K;
  readonly summary: string;
  create(spec: Extract<ProbeSpec, { kind: K }>, context: ProbeContext): Probe;
}
