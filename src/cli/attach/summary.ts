/** The table at the end of a run that nobody watched, or that ended by itself: how each service came out of it. */
import { type ServiceView, serviceState, type View } from '../../model/view.ts';
import type { Context } from '../context.ts';
import { type Column, tableLines } from '../table.ts';
import { exitWords } from '../wording/exits.ts';

/** @param view as it was before the stop */
export function printSummary({ out }: Context, view: View, services: ReadonlySet<string>): void {
  const rows = Object.values(view.services).filter((service) => services.has(service.name));
  if (rows.length === 0) return;
  out.write(`${tableLines(rows, COLUMNS, { style: out.style, width: out.columns }).join('\n')}\n`);
}

const COLUMNS: readonly Column<ServiceView>[] = [
  { header: 'SERVICE', value: (s) => s.name },
  { header: 'STATE', value: (s) => serviceState(s) },
  { header: 'RESTARTS', value: (s) => String(s.restarts), align: 'right' },
  {
    header: 'LAST EXIT',
    value: (s) => {
      const exits = Object.values(s.instances).flatMap((i) => (i.exit ? [exitWords(i.exit)] : []));
      return [...new Set(exits)].join(', ') || '-';
    },
    minColumns: 12,
  },
  { header: 'REASON', value: (s) => s.error?.message ?? '', minColumns: 8 },
];
