/** Durations and sizes as Compose writes them. Pure. */
import { LONGEST_MS } from '../model/longest-time.ts';

export const DURATION = /^(?:0|(?:\d+(?:\.\d+)?(?:us|ms|s|m|h|d))+)$/;
/** Without flags: the JSON Schema takes it as text. */
export const SIZE = /^\d+(?:\.\d+)?\s*(?:[bB]|[kKmMgG](?:[iI]?[bB])?)?$/;

export const RATE = new RegExp(`${SIZE.source.slice(0, -1)}(?:/s)?$`);

const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const EXPONENT: Readonly<Record<string, number>> = { '': 0, b: 0, k: 1, m: 2, g: 3 };

/** `1m30s`, `500ms`, `1.5s`, `0`. @returns whole milliseconds, `LONGEST_MS` at most; undefined when it is no duration */
export function parseDurationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g)) sum += Number(amount) * MS[unit!]!;
  return Math.min(LONGEST_MS, Math.round(sum));
}

/** The shortest exact writing: 90000 -> `1m30s`. */
export function printDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms']) {
    const count = Math.floor(rest / MS[unit]!);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * MS[unit]!;
  }
  return text;
}

/** `10m`, `10MB`, `10MiB`, `512k`, a plain number of bytes; powers of 1024, as Compose counts. */
export function parseSizeBytes(text: string): number | undefined {
  if (!SIZE.test(text)) return undefined;
  const [, amount, unit] = /^([\d.]+)\s*([a-z]?)/i.exec(text)!;
  return Math.round(Number(amount) * 1024 ** EXPONENT[unit!.toLowerCase()]!);
}

/** `64KiB/s`, `64k`: a size, in each second. @returns bytes a second; undefined when it is none */
export function parseRate(text: string): number | undefined {
  return RATE.test(text) ? parseSizeBytes(text.replace('/s', '')) : undefined;
}

export function printRate(bytesPerSecond: number): string {
  return `${printSize(bytesPerSecond)}/s`;
}

export function printSize(bytes: number): string {
  const fitting = ['g', 'm', 'k'].find(
    (unit) => bytes >= 1024 ** EXPONENT[unit]! && bytes % 1024 ** EXPONENT[unit]! === 0,
  );
  return fitting === undefined ? `${bytes}b` : `${bytes / 1024 ** EXPONENT[fitting]!}${fitting}`;
}
