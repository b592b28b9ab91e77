/** A run in numbers. Pure. */
import type { CheckResult, CheckState } from '../../../smoke/result.ts';
import { count } from '../../wording/lists.ts';
import { duration } from '../../wording/time.ts';

export interface Timing {
  readonly totalMs: number;
  /** From the beginning until all was healthy. */
  readonly startMs: number;
  readonly checksMs: number;
  readonly stopMs: number;
}

export type Tally = Readonly<Record<CheckState, number>>;

export function tally(results: readonly CheckResult[]): Tally {
  const of = (state: CheckState): number => results.filter((result) => result.state === state).length;
  return { passed: of('passed'), failed: of('failed'), error: of('error'), skipped: of('skipped') };
}

export function isGood({ failed, error, skipped }: Tally): boolean {
  return failed + error + skipped === 0;
}

export function summaryLine(results: readonly CheckResult[], timing: Timing): string {
  const { passed, failed, error, skipped } = tally(results);
  const parts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(error > 0 ? [count(error, 'error')] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const { totalMs, startMs, checksMs, stopMs } = timing;
  const times = `start ${duration(startMs)}, checks ${duration(checksMs)}, stop ${duration(stopMs)}`;
  return `${count(results.length, 'check')}: ${parts.join(', ')} in ${duration(totalMs)} (${times})`;
}
