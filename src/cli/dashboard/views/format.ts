/** Figures in few columns, the same width for the same kind, so that nothing jumps. Pure. */

/** `0`, `0.4`, `12`, `1.2k` */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 9.95) return perSecond < 0.05 ? '<0.1' : perSecond.toFixed(1);
  if (perSecond < 999.5) return String(Math.round(perSecond));
  return perSecond < 9950 ? `${(perSecond / 1000).toFixed(1)}k` : `${Math.round(perSecond / 1000)}k`;
}

/** `0 %`, `<1 %`, `12 %` */
export function percent(share: number): string {
  if (share <= 0) return '0%';
  if (share < 0.005) return '<1%';
  return `${Math.round(share * 100)}%`;
}

/** `0.4 ms`, `12 ms`, `1.4 s` */
export function latency(ms: number): string {
  if (ms < 0.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** `512K`, `24M`, `1.2G` */
export function bytes(count: number): string {
  if (count < 1024 * 1024) return `${Math.round(count / 1024)}K`;
  if (count < 1024 ** 3 * 0.9995) return `${Math.round(count / 1024 ** 2)}M`;
  return `${(count / 1024 ** 3).toFixed(1)}G`;
}

/** `12 s`, `4 m`, `2 h 5 m`: for what need not be exact. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, '0')}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h${String(minutes % 60).padStart(2, '0')}m` : `${Math.floor(hours / 24)}d${hours % 24}h`;
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * The last values in `columns` characters, each the mean of several where there are more. Scaled to its own highest,
 * but never so that less than one a second looks like much.
 */
export function sparkline(values: readonly number[], columns: number, span: number): string {
  if (columns <= 0) return '';
  const each = Math.max(1, span / columns);
  const bars: number[] = [];
  for (let i = 0; i < columns; i++) {
    const to = values.length - Math.round((columns - 1 - i) * each);
    const part = values.slice(Math.max(0, to - Math.round(each)), Math.max(0, to));
    bars.push(part.length === 0 ? Number.NaN : part.reduce((a, b) => a + b, 0) / part.length);
  }
  const highest = Math.max(1, ...bars.filter((bar) => !Number.isNaN(bar)));
  return bars
    .map((bar) => {
      if (Number.isNaN(bar)) return ' ';
      if (bar === 0) return '·';
      return BARS[Math.min(BARS.length - 1, Math.floor((bar / highest) * (BARS.length - 0.01)))] ?? '▁';
    })
    .join('');
}
