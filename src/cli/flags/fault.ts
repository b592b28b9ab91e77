/** What the flags of `msvc fault` take: edges, shares and rates. Pure. */
import { parseRate } from '../../config/units.ts';
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

/** `64KiB/s` or `64k`. @returns bytes a second @throws MsvcError MSVC_USAGE */
export function rateFlag(flag: string): (text: string) => number {
  return (text) => {
    const value = parseRate(text);
    if (value !== undefined && value > 0) return value;
    throw new MsvcError('MSVC_USAGE', `${flag} takes a rate such as 64KiB/s or 2m, not "${text}"`);
  };
}
