/** `msvc ps`: how every instance is, from the engine's view. */

import type { Client } from '../../control/client.ts';
import type { Sample } from '../../control/samples.ts';
import { replicaLabel } from '../../model/names.ts';
import { replacedBy } from '../../model/registration.ts';
import { serviceState, type View } from '../../model/view.ts';
import type { PlainModule } from '../command.ts';
import { bytes, percent } from '../dashboard/views/format.ts';
import { ask, assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { assertKnown } from '../flags/known-word.ts';
import { healthOf, type PsRow, psJson, psRows, withStats } from '../ps-rows.ts';
import { type Column, tableLines } from '../table.ts';
import { list } from '../wording/lists.ts';
import { noticeText } from '../wording/notices.ts';
import { reasonText } from '../wording/reasons.ts';
import { instanceState, STATES, stateCell, stateColour } from '../wording/states.ts';
import { duration } from '../wording/time.ts';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly services?: boolean;
  readonly status?: readonly string[];
  readonly stats?: boolean;
}

export const { define }: PlainModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these')
      .option('-a, --all', 'stopped services too')
      .option('-q, --quiet', 'only process ids')
      .option('--services', 'only names of services')
      .option('--status <state...>', 'only instances in this state, e.g. ready or crash-loop')
      .option('--stats', 'CPU and memory of each, measured for a second')
      .option('--json', 'one array, for programs');
    explain(command, [
      { line: 'msvc ps', does: 'every instance that was asked to run' },
      { line: 'msvc ps -a orders', does: 'all of orders, stopped replicas too' },
      { line: 'msvc ps --stats', does: 'what each uses of CPU and memory' },
      { line: 'msvc ps --json | jq \'.[] | select(.health != "healthy")\'', does: 'what is not healthy' },
    ]);
    bind(command, async (context, services: readonly string[], options: Options) => {
      const states = options.status ?? [];
      assertKnown('--status', states, {
        what: 'a state',
        known: STATES,
        listed: `there are ${list(STATES, STATES.length)}`,
      });
      const { view, sample } = options.stats
        ? await withEngine(context, measured)
        : { view: await ask(context, 'view', {}), sample: null };
      assertServices(services, serviceNames(view));
      const shown = psRows(view, { services, all: options.all === true || states.includes('stopped') }).filter(
        (row) => states.length === 0 || states.includes(stateOf(row)) || states.includes(serviceState(row.service)),
      );
      const rows = sample ? withStats(shown, sample) : shown;
      const { out } = context;
      if (options.json) out.json(rows.map(psJson));
      else if (options.quiet) {
        for (const { instance } of rows) if (instance?.pid) out.line(String(instance.pid));
      } else if (options.services) {
        for (const name of new Set(rows.map((row) => row.service.name))) out.line(name);
      } else {
        const lines = tableLines(rows, sample ? WITH_STATS : COLUMNS, { style: out.style, width: out.columns });
        out.write(`${lines.join('\n')}\n`);
        for (const line of remarks(view, rows, services, states)) context.err.line(line);
      }
      return 0;
    });
  },
};

/** Of the second sample: a share of CPU needs two looks. */
async function measured(client: Client): Promise<{ readonly view: View; readonly sample: Sample | null }> {
  let sample: Sample | null = null;
  const abort = new AbortController();
  for await (const one of client.stream('samples', {}, abort.signal)) {
    sample = one;
    if (one.intervalMs > 0) break;
  }
  abort.abort();
  return { view: await client.request('view', {}), sample };
}

function stateOf({ service, instance, registration }: PsRow): string {
  if (registration) return registration.ready ? 'ready' : 'starting';
  return instance ? instanceState(instance) : serviceState(service);
}

function remarks(view: View, rows: readonly PsRow[], services: readonly string[], states: readonly string[]): string[] {
  if (view.stopping) return ['The system is being stopped.'];
  if (view.containersLostAt !== null) {
    const since = duration(Date.now() - view.containersLostAt);
    return [
      `The container engine has been away for ${since}: what becomes of containers is not known until it is back.`,
    ];
  }
  if (rows.length > 0 || states.length > 0) return [];
  if (services.length === 0) return ['Nothing runs now; `msvc ps -a` shows what was stopped.'];
  const [them, were] =
    services.length === 1 ? [`${services[0]} does not run`, 'it was'] : ['None of them runs', 'they were'];
  return [`${them} now; \`msvc ps -a ${services.join(' ')}\` shows how ${were}.`];
}

const COLUMNS: readonly Column<PsRow>[] = [
  {
    header: 'NAME',
    value: ({ service, instance, registration }) =>
      registration?.id ?? (instance ? replicaLabel(service.name, instance.replica) : service.name),
  },
  {
    header: 'STATE',
    value: (row) => (row.registration ? stateOf(row) : stateCell(row.instance, row.service, Date.now())),
    colour: ({ service, instance, registration }) =>
      registration
        ? stateColour(registration.ready ? 'ready' : 'starting')
        : stateColour(
            instance && serviceState(service) !== 'failing' ? instanceState(instance) : serviceState(service),
          ),
    minColumns: 12,
  },
  { header: 'HEALTH', value: ({ instance }) => (instance && healthOf(instance)) ?? '-' },
  { header: 'PID', value: ({ instance }) => String(instance?.pid ?? '-'), align: 'right' },
  {
    header: 'PORT',
    value: ({ instance, registration }) => String((registration ?? instance)?.port ?? '-'),
    align: 'right',
  },
  {
    header: 'RESTARTS',
    value: ({ service, instance, registration }) => (registration ? '-' : String((instance ?? service).restarts)),
    align: 'right',
  },
  { header: 'UP FOR', value: ({ instance }) => upFor(instance), align: 'right' },
  { header: 'NOTE', value: noteOf, minColumns: 8 },
];

const STATS: readonly Column<PsRow>[] = [
  { header: 'CPU', value: ({ stats }) => (stats?.cpu == null ? '-' : percent(stats.cpu)), align: 'right' },
  {
    header: 'MEM',
    value: ({ stats }) => (stats?.memoryBytes == null ? '-' : bytes(stats.memoryBytes)),
    align: 'right',
  },
];
const WITH_STATS = [...COLUMNS.slice(0, -1), ...STATS, ...COLUMNS.slice(-1)];

function upFor(instance: PsRow['instance']): string {
  if (!instance || instance.pid === null || instance.startedAt === null) return '-';
  return duration(Date.now() - instance.startedAt);
}

function noteOf({ service, instance, registration }: PsRow): string {
  if (registration?.ready === false) return registration.detail ?? 'nothing listens there yet';
  if (registration) return registration.replaces ? 'takes the requests of the replicas' : '';
  const other = instance?.phase === 'ready' ? replacedBy(service.registrations) : null;
  if (other) return `stands by for ${other.id}`;
  const error = instance?.error ?? service.error;
  const note = error ? reasonText(error) : instance?.probeDetail;
  if (note) return note;
  if (instance?.elsewhere) return noticeText('listens-elsewhere', instance.elsewhere);
  return instance?.ejectedUntil ? 'passed over by the gateway: too many failures in a row' : '';
}
