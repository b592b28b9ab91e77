/** `msvc routes`: what the gateway sends where. */
import type { CommandModule } from '../command.ts';
import { withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import type { RouteJson } from '../json-contract.ts';
import { routeRows } from '../routes.ts';
import { type Column, tableLines } from '../table.ts';

interface Options {
  readonly json?: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command.option('--json', 'one array, for programs');
    explain(command, [{ line: 'msvc routes', does: 'every route with an address to try' }]);
    bind(command, async (context, options: Options) => {
      const view = await withEngine(context, (client) => client.request('view', {}));
      const rows = routeRows(view);
      const { out } = context;
      if (options.json) out.json(rows);
      else if (rows.length === 0) context.err.line('no service has a route; give one `route: /path`');
      else out.write(`${tableLines(rows, COLUMNS, { style: out.style, width: out.columns }).join('\n')}\n`);
      return 0;
    });
  },
};

const COLUMNS: readonly Column<RouteJson>[] = [
  { header: 'SERVICE', value: (r) => r.service },
  { header: 'HOST', value: (r) => r.hosts.join(', ') || '*', minColumns: 10 },
  { header: 'METHOD', value: (r) => r.method ?? '*' },
  { header: 'PATH', value: pathCell, minColumns: 12 },
  {
    header: 'READY',
    value: (r) => String(r.ready),
    align: 'right',
    colour: (r) => (r.ready === 0 ? 'yellow' : undefined),
  },
  { header: 'TRY', value: (r) => r.url ?? '-', minColumns: 16 },
];

function pathCell(route: RouteJson): string {
  const path =
    route.pathType === 'Exact' ? `= ${route.path}` : route.pathType === 'PathPrefix' ? route.path : `~ ${route.path}`;
  const more = [
    ...route.headers.map((h) => `${h.name}: ${h.value}`),
    ...route.queryParams.map((q) => `?${q.name}=${q.value}`),
  ];
  return more.length === 0 ? path : `${path} (${more.join(', ')})`;
}
