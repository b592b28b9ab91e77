/** Durations as flags take them: `5s`, `1m30s`, `250ms`, `2h`; a bare number is seconds, as in Compose. Pure. */
import { MsvcError } from '../../model/error.ts';
import { LONGEST_MS } from '../../model/longest-time.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns milliseconds, `LONGEST_MS` at most; null when the text is no duration */
export function durationMs(text: string): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(LONGEST_MS, Math.round(Number(text) * 1000));
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit as string] as number);
  }
  return Math.min(LONGEST_MS, Math.round(total));
}

/** For commander's argParser. @throws MsvcError MSVC_USAGE */
export function durationFlag(flag: string): (text: string) => number {
  return (text) => {
    const ms = durationMs(text);
    if (ms !== null) return ms;
    throw new MsvcError('MSVC_USAGE', `${flag} takes a duration, and "${text}" is none`, {
      hint: 'write 30s, 1m30s, 250ms, or a number of seconds',
    });
  };
}
