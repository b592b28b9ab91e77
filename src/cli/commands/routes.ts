/** `msvc routes`: what the gateway sends where; `msvc routes test`: which route a request takes, and why no other. */
import type { Candidate } from '../../gateway/routes/explain.ts';
import type { Project } from '../../model/project.ts';
import type { View } from '../../model/view.ts';
import type { PlainModule } from '../command.ts';
import type { Context } from '../context.ts';
import { tryConnect } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { placeText } from '../excerpt.ts';
import { headerFlag } from '../flags/header.ts';
import { type RouteRow, routeRows, routeTestJson } from '../routes.ts';
import { type Column, tableLines } from '../table.ts';
import {
  askedFirst,
  authText,
  backendsText,
  filterText,
  outcomeText,
  pathText,
  verdictText,
} from '../wording/routes.ts';

interface Options {
  readonly json?: boolean;
}

interface TestOptions extends Options {
  readonly header: readonly { readonly name: string; readonly value: string }[];
}

export const { define }: PlainModule = {
  define(command, bind) {
    command.option('--json', 'one array, for programs');
    explain(
      command,
      [
        { line: 'msvc routes', does: 'every route with its filters, and an address to try' },
        { line: 'msvc routes test GET /api/x', does: 'which route wins, and why no other' },
      ],
      ['Of the running system; where none runs, of the file.'],
    );
    bind(command, async (context, options: Options) => {
      const { project, view } = await routesOf(context);
      const { routeTable } = await import('../routing.ts');
      const rows = routeRows(routeTable(project).routes, view);
      const { out } = context;
      if (options.json) out.json(rows.map(({ json }) => json));
      else if (rows.length === 0) context.err.line('no service has a route; give one `route: /path`');
      else out.write(`${tableLines(rows, columns(rows), { style: out.style, width: out.columns }).join('\n')}\n`);
      return 0;
    });

    const test = command.command('test').summary('which route a request takes, and why no other');
    test
      .description('Tell which route a request would take, and why the others do not. Nothing is sent.')
      .argument('<method>', 'for example GET')
      .argument('<path>', 'path and query, as they would be sent')
      .option('-H, --header <line>', "a header, for example 'host: shop.localhost'; may be repeated", headerFlag, [])
      .option('--json', 'one object, for programs');
    explain(test, [
      { line: "msvc routes test GET /api/x?q=1 -H 'host: shop.localhost'", does: 'with the host of a browser' },
      { line: 'msvc routes test POST /orders --json', does: 'for a program' },
    ]);
    bind(test, async (context, method: string, path: string, options: TestOptions) => {
      const { project, view } = await routesOf(context);
      const { explainRoutes, routeTable } = await import('../routing.ts');
      const request = { method, target: path, headers: options.header };
      const explanation = explainRoutes(routeTable(project), request, portOf(project, view));
      const { out } = context;
      if (options.json ?? command.opts<Options>().json) {
        out.json(routeTestJson(explanation));
        return 0;
      }
      out.line(outcomeText(explanation));
      const { winner } = explanation;
      const asked = askedFirst(explanation);
      if (asked !== null) out.line(`  after asking who comes: ${asked}`);
      for (const filter of winner?.route.filters ?? []) out.line(`  ${filterText(filter)}`);
      // Host names that nobody wrote are worth a line only where they have a part in it.
      const told = explanation.candidates.filter(
        ({ implied, failing }) => !implied || failing.every(({ condition }) => condition === 'auth'),
      );
      const shown = (['wins', 'loses', 'fails'] as const).flatMap((v) => told.filter(({ verdict }) => verdict === v));
      if (shown.length === 0) return 0;
      out.line();
      const lines = tableLines(shown, CANDIDATES, { style: out.style, width: Number.POSITIVE_INFINITY });
      out.write(`${lines.join('\n')}\n`);
      return 0;
    });
  },
};

/** Of the running system, else of the file. @throws SpecError, MsvcError MSVC_SPEC_NOT_FOUND */
async function routesOf(context: Context): Promise<{ project: Project; view: View | null }> {
  const connected = await tryConnect(context);
  if (connected) {
    const { client } = connected;
    try {
      const [project, view] = await Promise.all([client.request('project', {}), client.request('view', {})]);
      if (project) return { project, view };
    } finally {
      client.close();
    }
  }
  const { loadProjectFor } = await import('../project.ts');
  return { project: await loadProjectFor(context), view: null };
}

function portOf({ gateway: { port } }: Project, view: View | null): number {
  return view?.gateway?.port ?? (port.kind === 'fixed' ? port.number : port.preferred);
}

/** A column that would be empty in every row is left out. */
function columns(rows: readonly RouteRow[]): readonly Column<RouteRow>[] {
  const has = (test: (row: RouteRow) => boolean, column: Column<RouteRow>) => (rows.some(test) ? [column] : []);
  return [
    { header: 'SERVICE', value: ({ route }) => backendsText(route), minColumns: 12 },
    { header: 'HOST', value: ({ json }) => json.hosts.join(', ') || '*', minColumns: 10 },
    { header: 'METHOD', value: ({ json }) => json.method ?? '*' },
    { header: 'PATH', value: ({ match }) => pathText(match), minColumns: 12 },
    ...has(({ route }) => route.filters.length > 0, {
      header: 'FILTERS',
      value: ({ route }) => route.filters.map(filterText).join('; ') || '-',
      minColumns: 10,
    }),
    ...has(({ route }) => route.auth !== undefined, {
      header: 'AUTH',
      value: ({ route }) => authText(route.auth),
      minColumns: 6,
    }),
    {
      header: 'READY',
      value: ({ json }) => String(json.ready),
      align: 'right',
      colour: ({ json }) => (json.ready === 0 ? 'yellow' : undefined),
    },
    { header: 'TRY', value: ({ json }) => json.url ?? '-', minColumns: 16 },
    { header: 'AT', value: ({ route }) => placeText(route.place, process.cwd()), minColumns: 8 },
  ];
}

const CANDIDATES: readonly Column<Candidate>[] = [
  {
    header: 'ROUTE',
    value: ({ match, hostname }) => `${match.method ?? '*'} ${hostname}${pathText(match)}`,
    colour: ({ verdict }) => (verdict === 'wins' ? 'green' : undefined),
  },
  { header: 'SERVICE', value: ({ route }) => backendsText(route) },
  {
    header: 'AT',
    value: ({ route, implied }) => (implied ? "the service's own name" : placeText(route.place, process.cwd())),
  },
  { header: 'VERDICT', value: verdictText, colour: ({ verdict }) => (verdict === 'wins' ? 'green' : undefined) },
];
