/** `msvc edges`: who calls whom, how often, how fast and how well; live. */
import type { Client } from '../../control/client.ts';
import { edgeLabel } from '../../model/fault.ts';
import type { PlainModule } from '../command.ts';
import type { Context } from '../context.ts';
import { edgeRows, type Sample } from '../edge-rows.ts';
import { withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';
import type { EdgeJson, EdgeNumbers } from '../json-contract.ts';
import { type Column, tableLines } from '../table.ts';
import { duration } from '../wording/time.ts';

interface Options {
  readonly watch?: boolean;
  readonly window?: number;
  readonly json?: boolean;
}

const WINDOW_MS = 1000;

export const { define }: PlainModule = {
  define(command, bind) {
    command
      .option('-w, --watch', 'again and again, until Ctrl-C')
      .option('--window <time>', 'look so long before telling rates (1s); 0: only totals', durationFlag('--window'))
      .option('--json', 'one array, for programs; with --watch one a line');
    explain(
      command,
      [
        { line: 'msvc edges', does: 'rate, errors, latency, circuit and faults of every edge' },
        { line: 'msvc edges --watch', does: 'the same, live' },
        { line: 'msvc edges --json | jq \'.[] | select(.breaker == "open")\'', does: 'whose circuit is open' },
      ],
      [
        '`client` is what comes in at the gateway. Rates and latencies are of the last moment, TOTAL is since the start.',
      ],
    );
    bind(command, (context, options: Options) => withEngine(context, (client) => show(context, client, options)));
  },
};

async function show(context: Context, client: Client, options: Options): Promise<number> {
  const windowMs = options.window ?? WINDOW_MS;
  let before = windowMs > 0 || options.watch ? await sample(client) : undefined;
  do {
    if (before) await pause(Math.max(100, windowMs));
    const now = await sample(client);
    const rows = edgeRows(await client.request('view', {}), now, before);
    print(context, rows, options);
    before = now;
  } while (options.watch);
  return 0;
}

async function sample(client: Client): Promise<Sample> {
  const stats = await client.request('stats', {});
  return { at: performance.now(), stats };
}

function print({ out, err }: Context, rows: readonly EdgeJson[], { json, watch }: Options): void {
  if (json) {
    out.json(rows);
    return;
  }
  if (watch && out.isTerminal) out.write('\u001b[H\u001b[J');
  if (rows.length === 0) err.line('no service has a route, and none calls another; write `calls: [other]`');
  else out.write(`${tableLines(rows, COLUMNS, { style: out.style, width: out.columns }).join('\n')}\n`);
}

const recent = (row: EdgeJson): EdgeNumbers => row.recent ?? row.total;
const time = (ms: number | null): string => (ms === null ? '-' : ms < 1 ? '<1 ms' : duration(ms));

function errorShare(row: EdgeJson): number {
  const { errors, requests } = recent(row);
  return requests === 0 ? 0 : (errors / requests) * 100;
}

const COLUMNS: readonly Column<EdgeJson>[] = [
  { header: 'EDGE', value: edgeLabel },
  {
    header: 'RATE',
    value: (row) => (recent(row).perSecond === null ? '-' : `${rounded(recent(row).perSecond ?? 0)}/s`),
    align: 'right',
  },
  {
    header: 'ERRORS',
    value: (row) => (recent(row).requests === 0 ? '-' : `${rounded(errorShare(row))}%`),
    align: 'right',
    colour: (row) => (errorShare(row) > 0 ? 'red' : undefined),
  },
  { header: 'P50', value: (row) => time(recent(row).p50), align: 'right' },
  { header: 'P90', value: (row) => time(recent(row).p90), align: 'right' },
  { header: 'P99', value: (row) => time(recent(row).p99), align: 'right' },
  { header: 'BUSY', value: busy, align: 'right' },
  {
    header: 'CIRCUIT',
    value: (row) => [row.breaker ?? '-', ...row.openRoutes.map((route) => `open: ${route}`)].join(', '),
    colour: (row) => (row.breaker === 'closed' || row.breaker === null ? undefined : 'red'),
  },
  {
    header: 'FAULTS',
    value: (row) => row.faults.join(', ') || '-',
    colour: (row) => (row.faults.length > 0 ? 'yellow' : undefined),
  },
  { header: 'TOTAL', value: totals },
];

function busy({ inFlight, parked }: EdgeJson): string {
  return parked > 0 ? `${inFlight} (${parked} wait)` : String(inFlight);
}

/** `1204, UC 3, UT 1, 2 retries` */
function totals({ total, ejected }: EdgeJson): string {
  return [
    String(total.requests),
    ...Object.entries(total.flags).map(([flag, count]) => `${flag} ${count}`),
    ...(total.retries > 0 ? [`${total.retries} retried`] : []),
    ...(ejected > 0 ? [`${ejected} ejected`] : []),
  ].join(', ');
}

function rounded(value: number): string {
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
