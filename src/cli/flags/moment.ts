/** Points in time as flags take them: `5m` ago, `14:05`, `2026-11-23`, `2026-11-23T14:05:00Z`, or Unix seconds. Pure. */
import { MsvcError } from '../../model/error.ts';
import { durationMs } from './duration.ts';

/** Larger bare numbers are seconds since the epoch, smaller ones seconds ago. */
const EPOCH_FROM = 1e8;

/** @returns wall-clock ms, or null when the text is no point in time. */
export function momentMs(text: string, now: number): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const seconds = Number(text);
    return seconds >= EPOCH_FROM ? Math.round(seconds * 1000) : now - Math.round(seconds * 1000);
  }
  const ago = durationMs(text);
  if (ago !== null) return now - ago;
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/.exec(text);
  if (time) {
    if (Number(time[1]) > 23 || Number(time[2]) > 59 || Number(time[3] ?? 0) >= 60) return null;
    const day = new Date(now);
    day.setHours(Number(time[1]), Number(time[2]), 0, 0);
    const at = day.getTime() + Math.round(Number(time[3] ?? 0) * 1000);
    return at > now ? at - 86_400_000 : at;
  }
  // Without a zone a date is local, as a person means it; Date.parse takes a bare day for UTC.
  const date = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
  // Date.parse would go on to the next month.
  if (!date || Number(date[3]) > new Date(Date.UTC(Number(date[1]), Number(date[2]), 0)).getUTCDate()) return null;
  const at = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text.replace(' ', 'T'));
  return Number.isNaN(at) ? null : at;
}

/** For commander's argParser. @throws MsvcError MSVC_USAGE */
export function momentFlag(flag: string): (text: string) => number {
  return (text) => {
    const at = momentMs(text, Date.now());
    if (at !== null) return at;
    throw new MsvcError('MSVC_USAGE', `${flag} takes a time, and "${text}" is none`, {
      hint: 'write 5m (ago), 14:05, or 2026-11-23T14:05:00',
    });
  };
}
