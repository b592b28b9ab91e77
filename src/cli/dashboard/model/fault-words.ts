/** A fault as it is typed: `orders->payments 300ms`, `client->web 5% 503 for=1m`. Pure. */
import { parseRate } from '../../../config/units.ts';
import { type FaultEffects, type FaultTarget, NO_EFFECT, parseFaultTarget, wrongEffect } from '../../../model/fault.ts';
import type { View } from '../../../model/view.ts';

export interface TypedFault extends FaultTarget, FaultEffects {
  /** 0 = until cleared. */
  readonly forMs: number;
}

/** Offered for what comes after the edge. */
export const FAULT_WORDS = ['300ms', '2s', '64KiB/s', '10%', '50%', '100%', 'reset=10%', 'for=1m'] as const;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** @returns a sentence when it is no fault */
export function faultOf(words: readonly string[]): TypedFault | string {
  const [edge = '', ...rest] = words;
  const target = parseFaultTarget(edge);
  if (!target) return `${edge === '' ? 'it' : edge} names no edge: caller->callee, where the caller may be client`;
  if (rest.length === 0) return 'what shall happen there? 300ms later, 10% answered 503, reset=10%; for=1m ends it';
  const effects: { -readonly [K in keyof FaultEffects]: FaultEffects[K] } = { ...NO_EFFECT };
  let forMs = 0;
  for (const word of rest) {
    const [, name = '', value = ''] = /^(?:(\w+)=)?(.*)$/.exec(word) ?? [];
    const ms = durationOf(value);
    const share = /^\d+(\.\d+)?%$/.test(value) ? Number(value.slice(0, -1)) : undefined;
    // A bare size is no word of its own: `503` is a status.
    const rate = name === 'bandwidth' || value.endsWith('/s') ? parseRate(value) : undefined;
    if ((name === '' || name === 'delay') && ms !== undefined) effects.delayMs = ms;
    else if (name === 'jitter' && ms !== undefined) effects.jitterMs = ms;
    else if (name === 'for' && ms !== undefined) forMs = ms;
    else if ((name === '' || name === 'bandwidth') && rate !== undefined) effects.bytesPerSecond = rate;
    else if ((name === '' || name === 'error') && share !== undefined) effects.errorPercent = share;
    else if (name === 'reset' && share !== undefined) effects.resetPercent = share;
    else if (name === 'abort' && share !== undefined) effects.abortPercent = share;
    else if (/^[45]\d\d$/.test(word)) effects.status = Number(word);
    else
      return `${word} is nothing that a fault does: 300ms, jitter=50ms, 64KiB/s, 10%, 503, reset=10%, abort=10%, for=1m`;
  }
  const wrong = wrongEffect(effects);
  if (wrong)
    return wrong.field === 'none'
      ? 'such a fault does nothing'
      : `${wrong.field} is from ${wrong.least} to ${wrong.most}`;
  return { ...target, ...effects, forMs };
}

/** Every edge there is, as it is typed; the selected service's first. */
export function edgesOf(view: View, selected: string | null): readonly string[] {
  const edges = Object.values(view.services).flatMap(({ name, definition }) => [
    ...(definition.routes.length > 0 ? [{ caller: 'client', callee: name }] : []),
    ...definition.calls.map((callee) => ({ caller: name, callee: callee as string })),
  ]);
  const isIts = (edge: FaultTarget): boolean => edge.callee === selected || edge.caller === selected;
  return [...edges.filter(isIts), ...edges.filter((edge) => !isIts(edge))].map((e) => `${e.caller}->${e.callee}`);
}

function durationOf(text: string): number | undefined {
  const parts = /^(\d+)(ms|s|m)$/.exec(text);
  return parts ? Number(parts[1]) * UNITS[parts[2]!]! : undefined;
}
