/** Whole numbers as flags take them. Pure. */
import { MsvcError } from '../../model/error.ts';

/** For commander's argParser. @throws MsvcError MSVC_USAGE */
export function numberFlag(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new MsvcError('MSVC_USAGE', `${flag} takes a whole number from ${min} to ${max}, not "${text}"`);
  };
}

/** `-n 50` or `-n all`. @returns undefined for all */
export function tailFlag(flag: string): (text: string) => number | 'all' {
  const parse = numberFlag(flag, 0, Number.MAX_SAFE_INTEGER);
  return (text) => (text === 'all' ? 'all' : parse(text));
}
