/** Durations as Go writes them: `10s`, `1m30s`, `500ms`, `1.5h`. Pure. */
import { LONGEST_MS } from '../../model/longest-time.ts';

const MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** @returns milliseconds, `LONGEST_MS` at most; undefined when it is none */
export function goDurationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(PART)) sum += Number(amount) * MS[unit!]!;
  return Math.min(LONGEST_MS, sum);
}
