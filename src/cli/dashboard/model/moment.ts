/** A time as it is typed to jump in the logs: `14:05`, `14:05:30` (today, or yesterday when that is still to come), `5m` ago. Pure. */
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = 86_400_000;

/** @returns wall-clock ms, null when it is no time */
export function momentOf(text: string, now: number): number | null {
  const typed = text.trim();
  const ago = /^(\d+)\s*([smhd])$/.exec(typed);
  if (ago) return now - Number(ago[1]) * UNITS[ago[2]!]!;
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(typed);
  if (!clock) {
    const date = Date.parse(typed);
    return Number.isNaN(date) ? null : date;
  }
  const [, hours, minutes, seconds = '0'] = clock;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  const today = new Date(now).setHours(Number(hours), Number(minutes), Number(seconds), 0);
  return today > now ? today - DAY_MS : today;
}
