/** What the flags of `msvc fault` take: edges, shares and sizes. Pure. */
import { MsvcError } from '../../model/error.ts';
import { type FaultTarget, parseFaultTarget } from '../../model/fault.ts';

/** @throws MsvcError MSVC_USAGE */
export function edgeArgument(text: string): FaultTarget {
  const target = parseFaultTarget(text);
  if (target) return target;
  throw new MsvcError('MSVC_USAGE', `"${text}" names no edge`, {
    hint: 'write caller->callee in quotes, for example "orders->payments", "client->orders" or "*->payments"',
  });
}

/** `5%` or `5`. @throws MsvcError MSVC_USAGE */
export function percentFlag(flag: string): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?%?$/.test(text) ? Number(text.replace('%', '')) : Number.NaN;
    if (value >= 0 && value <= 100) return value;
    throw new MsvcError('MSVC_USAGE', `${flag} takes a share from 0% to 100%, not "${text}"`);
  };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `64kb`, `1m`: bytes per second, powers of 1024. @throws MsvcError MSVC_USAGE */
export function bandwidthFlag(flag: string): (text: string) => number {
  return (text) => {
    const parts = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?(?:\/s)?$/i.exec(text);
    const value = parts ? Math.round(Number(parts[1]) * UNITS[parts[2]!.toLowerCase()]!) : 0;
    if (value >= 1) return value;
    throw new MsvcError('MSVC_USAGE', `${flag} takes an amount per second such as 64kb or 1m, not "${text}"`);
  };
}
