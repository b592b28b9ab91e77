/** What is said of an edge, in the map and in a service's view. Pure. */
import { meets } from '../../../model/fault.ts';
import type { View } from '../../../model/view.ts';
import type { Colour, Style } from '../../style.ts';
import { effectText } from '../../wording/faults.ts';
import type { EdgeMetrics } from '../model/metrics.ts';
import { latency, percent, rate } from './format.ts';

/** What stands in the way of an edge, in words: a fault, an open breaker. */
export function edgeMarks(view: View, key: string, style: Style): string {
  const { isOpen, faults } = hindrances(view, key);
  return [
    ...(isOpen ? [style.paint('red', '  breaker open')] : []),
    ...faults.map((fault) => style.paint('yellow', `  fault: ${effectText(fault)}`)),
  ].join('');
}

export function isHindered(view: View, key: string): boolean {
  const { isOpen, faults } = hindrances(view, key);
  return isOpen || faults.length > 0;
}

function hindrances(view: View, key: string): { isOpen: boolean; faults: View['faults'] } {
  const [caller = '', callee = ''] = key.split('>');
  return {
    isOpen: view.breakers.some((breaker) => breaker.caller === caller && breaker.callee === callee),
    faults: view.faults.filter((fault) => meets(fault, { caller, callee })),
  };
}

export function edgeColour(edge: EdgeMetrics | undefined, hindered: boolean): Colour {
  if (edge?.failedShare) return 'red';
  if (hindered || (edge && edge.parked > 0)) return 'yellow';
  return edge && edge.requestsPerSecond > 0 ? 'green' : 'dim';
}

/** `12/s 0% 4 ms`; `!` before it: something stands in its way. */
export function edgeWords(edge: EdgeMetrics | undefined, hindered: boolean): string {
  const sign = hindered ? '! ' : '';
  if (!edge) return `${sign}idle`;
  const time = edge.p50Ms === null ? '-' : latency(edge.p50Ms);
  return `${sign}${rate(edge.requestsPerSecond)}/s ${percent(edge.failedShare ?? 0)} ${time}`;
}
