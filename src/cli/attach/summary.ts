/** The table at the end of a run that nobody watched, or that ended by itself: how each service came out of it. */
import type { ServiceState } from '../../model/instance.ts';
import { type ServiceView, serviceState, type View } from '../../model/view.ts';
import type { Context } from '../context.ts';
import { type Column, tableLines } from '../table.ts';
import { exitWords } from '../wording/exits.ts';
import { reasonText } from '../wording/reasons.ts';
import { stateColour } from '../wording/states.ts';

/**
 * @param view as it was before the stop
 * @param decided the service whose end ended the run, and how that counts
 */
export function printSummary(
  { out }: Context,
  view: View,
  services: ReadonlySet<string>,
  decided: { readonly service: string | null; readonly exitCode: number } | null,
): void {
  const rows = Object.values(view.services)
    .filter((service) => services.has(service.name))
    .map((service): Row => {
      const isDecided = service.name === decided?.service;
      return { service, state: isDecided ? (decided?.exitCode === 0 ? 'completed' : 'failed') : serviceState(service) };
    });
  if (rows.length === 0) return;
  out.write(`${tableLines(rows, COLUMNS, { style: out.style, width: out.columns }).join('\n')}\n`);
}

interface Row {
  readonly service: ServiceView;
  readonly state: ServiceState;
}

const COLUMNS: readonly Column<Row>[] = [
  { header: 'SERVICE', value: ({ service }) => service.name },
  { header: 'STATE', value: ({ state }) => state, colour: ({ state }) => stateColour(state) },
  { header: 'RESTARTS', value: ({ service }) => String(service.restarts), align: 'right' },
  {
    header: 'LAST EXIT',
    value: ({ service }) => {
      const exits = Object.values(service.instances).flatMap((i) => (i.exit ? [exitWords(i.exit)] : []));
      return [...new Set(exits)].join(', ') || '-';
    },
    minColumns: 12,
  },
  { header: 'REASON', value: ({ service }) => (service.error ? reasonText(service.error) : ''), minColumns: 8 },
];
