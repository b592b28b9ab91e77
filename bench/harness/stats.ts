/** What is said of several rounds: the median, and how far they lay apart. Pure. */

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/** `12.3`, `123`, `0.041`: three figures are as many as a median of a few rounds deserves. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 99.95) return value.toFixed(0);
  if (Math.abs(value) >= 0.9995) return value.toFixed(1);
  return value === 0 ? '0' : value.toPrecision(2);
}

/** Median with the lowest and highest round: `123 (118-140)`. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  if (values.length === 1) return figure(values[0]!);
  return `${figure(median(values))} (${figure(Math.min(...values))}-${figure(Math.max(...values))})`;
}
