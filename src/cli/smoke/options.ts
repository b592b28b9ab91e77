/** What `msvc smoke` was asked to do, checked. Pure. */
import { MsvcError } from '../../model/error.ts';

/** As commander gives them. */
export interface SmokeFlags {
  readonly only?: readonly string[];
  readonly bail?: boolean;
  readonly repeat: number;
  readonly shuffle?: number | true;
  readonly keep?: boolean;
  /** Of the whole run. */
  readonly timeout: number;
  readonly waitTimeout: number;
  readonly fresh?: boolean;
  readonly parallel?: boolean;
  readonly junit?: string;
  readonly json?: boolean;
}

/** A run of its own: another name, so another folder of data and logs. `--parallel` is that, and any free gateway port. */
export function isFresh({ fresh, parallel }: SmokeFlags): boolean {
  return fresh === true || parallel === true;
}

/** @throws MsvcError MSVC_USAGE */
export function seedFlag(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new MsvcError('MSVC_USAGE', `--shuffle takes a seed, a whole number below 2^32, not "${text}"`);
}

export function seedOf({ shuffle }: SmokeFlags): number | null {
  if (shuffle === undefined) return null;
  return shuffle === true ? Math.floor(Math.random() * 2 ** 32) : shuffle;
}
