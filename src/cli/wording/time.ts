/** Times and durations as people read them. Pure; local time. */

/** `8 ms`, `1.4 s`, `12 s`, `3 m 20 s`, `2 h 5 m`, `3 d 4 h` */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  if (whole < 9950) return `${(whole / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 60) return `${seconds} s`;
  return pair(seconds, [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ]);
}

function pair(seconds: number, units: readonly (readonly [string, number])[]): string {
  const first = units.findIndex(([, size]) => seconds >= size);
  const [unit, size] = units[first] as [string, number];
  const rest = Math.floor(seconds % size);
  const next = units[first + 1];
  const second = next === undefined ? 0 : Math.floor(rest / next[1]);
  return `${Math.floor(seconds / size)} ${unit}${next !== undefined && second > 0 ? ` ${second} ${next[0]}` : ''}`;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `14:03:21.210` */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `2026-11-23T14:03:21.210Z`; null stays null. */
export function iso(at: number): string;
export function iso(at: number | null): string | null;
export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
