/**
 * One service: its replicas, what its probe said, who calls it and whom it calls, its data, what led to how it is, its
 * last words and what it is given. Pure; two columns where there is room.
 */
import path from 'node:path';
import type { MsvcEvent } from '../../../model/event.ts';
import { replicaLabel } from '../../../model/names.ts';
import type { InstanceView, ServiceView } from '../../../model/view.ts';
import { causeChain } from '../../cause.ts';
import { eventSaying } from '../../wording/events.ts';
import { exitWords } from '../../wording/exits.ts';
import { instanceState, stateColour } from '../../wording/states.ts';
import { clock, duration } from '../../wording/time.ts';
import { edgeKey } from '../model/metrics.ts';
import { addressOf } from '../model/perform.ts';
import { selectedName, shownInstances } from '../model/selection.ts';
import type { State } from '../model/state.ts';
import { cutStyled, fitStyled, wrapStyled } from '../text.ts';
import { edgeMarks } from './edges.ts';
import { age, bytes, latency, percent, rate, sparkline } from './format.ts';
import { heading, type Look, sign, toned } from './look.ts';
import { highlighted, stateWords } from './overview.ts';

const TWO_COLUMNS = 150;
const EVENTS = 14;
/** Columns of a replica's row that are not its state. */
const REPLICA_FIGURES = 59;
const LEAST_STATE = 12;
/** Rows of what led to how it is: all of them, or as many of the first and of the last. */
const CHAIN = { all: 8, first: 2, last: 5 };
/** Columns of the time before it. */
const CHAIN_INDENT = 12;
/** Rows above the first replica: the head, and the titles of the table. */
export const REPLICAS_FROM = 5;

export function serviceRows(state: State, look: Look, width: number): string[] {
  const service = state.view.services[selectedName(state) ?? ''];
  if (!service) return [' there is no service yet'];
  const head = headRows(service, state, look, width);
  const given = (columns: number): string[] => environmentRows(service, state, look, columns);
  if (width < TWO_COLUMNS) {
    return [...head, ...facts(service, state, look, width), ...story(service, state, look, width), ...given(width)];
  }
  const left = Math.floor((width - 3) / 2);
  const right = width - 3 - left;
  const one = [...facts(service, state, look, left), ...given(left)];
  const two = story(service, state, look, right);
  const rows = Array.from({ length: Math.max(one.length, two.length) }, (_, i) => {
    return `${fitStyled(one[i] ?? '', left)} ${look.style.dim('│')} ${two[i] ?? ''}`;
  });
  return [...head, ...rows];
}

function facts(service: ServiceView, state: State, look: Look, width: number): string[] {
  return [
    ...replicaRows(service, state, look, width),
    ...probeRows(service, look, width),
    ...edgeRows(service, state, look, width),
    ...dataRows(service, state, look, width),
  ];
}

function story(service: ServiceView, state: State, look: Look, width: number): string[] {
  return [
    ...whyRows(service, state, look, width),
    ...tailRows(service, look, width),
    ...eventRows(service, state, look, width),
  ];
}

function headRows(service: ServiceView, state: State, { style }: Look, width: number): string[] {
  const { definition, name } = service;
  const address = addressOf(state, service);
  const metrics = state.metrics.services[name];
  const flow =
    metrics?.requestsPerSecond === null || metrics === undefined
      ? 'no requests through the gateway'
      : `${rate(metrics.requestsPerSecond)} req/s  ${metrics.failedShare ? style.paint('red', `${percent(metrics.failedShare)} failed`) : '0% failed'}  p95 ${metrics.p95Ms === null ? '-' : latency(metrics.p95Ms)}  ${style.paint('cyan', sparkline(metrics.series, 24, 120))}`;
  const kind = `${definition.kind}${definition.oneShot ? ', a job' : ''}, balanced by ${definition.balancer}, probe ${definition.probe}`;
  return [
    cutStyled(` ${style.bold(name)}  ${stateWords(service, style, state.now)}  ${style.dim(address ?? '')}`, width),
    cutStyled(`   ${flow}`, width),
    cutStyled(`   ${style.dim(kind)}`, width),
    '',
  ];
}

function replicaRows(service: ServiceView, state: State, look: Look, width: number): string[] {
  const { style } = look;
  const all = shownInstances(service);
  if (all.length === 0) return [` ${heading('REPLICAS', style)}`, style.dim('   none runs'), ''];
  const stateWidth = Math.max(LEAST_STATE, Math.min(24, width - REPLICA_FIGURES));
  const head = style.dim(
    `   ${fitStyled('REPLICA', 14)}${fitStyled('STATE', stateWidth)}${fitStyled('PID', 8, 'right')}${fitStyled('PORT', 7, 'right')}${fitStyled('UP', 9, 'right')}${fitStyled('RST', 5, 'right')}${fitStyled('CPU', 6, 'right')}${fitStyled('MEM', 7, 'right')}`,
  );
  const rows = all.map((instance, i) => {
    const word = instanceState(instance);
    const sample = state.metrics.sample?.instances.find((one) => one.instance === instance.id);
    const up = instance.pid === null || instance.startedAt === null ? '-' : age(state.now - instance.startedAt);
    const ejected = instance.ejectedUntil === null ? '' : ` ${style.paint('yellow', 'ejected')}`;
    const exit = instance.exit && instance.pid === null ? ` ${style.dim(exitWords(instance.exit))}` : '';
    const cells = [
      fitStyled(
        replicaLabel(service.name, instance.replica) +
          (instance.generation > 1 ? style.dim(` v${instance.generation}`) : ''),
        14,
      ),
      fitStyled(style.paint(stateColour(word), word) + ejected + exit, stateWidth),
      fitStyled(String(instance.pid ?? '-'), 8, 'right'),
      fitStyled(String(instance.port ?? '-'), 7, 'right'),
      fitStyled(up, 9, 'right'),
      fitStyled(String(instance.restarts), 5, 'right'),
      fitStyled(sample?.cpu === null || sample === undefined ? '-' : percent(sample.cpu), 6, 'right'),
      fitStyled(sample?.memoryBytes ? bytes(sample.memoryBytes) : '-', 7, 'right'),
    ];
    const row = ` ${sign(word, style)} ${cells.join('')}`;
    return i === state.replica ? highlighted(fitStyled(row, width)) : cutStyled(row, width);
  });
  return [cutStyled(head, width), ...rows, ''];
}

function probeRows(service: ServiceView, { style }: Look, width: number): string[] {
  const failing = shownInstances(service).filter(
    (one): one is InstanceView & { probeDetail: string } => one.probeDetail !== null,
  );
  if (failing.length === 0) return [];
  return [
    ` ${heading('PROBE', style)}`,
    ...failing.flatMap((one) => {
      const [first = '', ...rest] = one.probeDetail.split('\n');
      const label = replicaLabel(service.name, one.replica);
      return [
        cutStyled(`   ${label}: ${style.paint('yellow', first)}`, width),
        ...rest.slice(0, 6).map((line) => cutStyled(style.dim(`     | ${line}`), width)),
      ];
    }),
    '',
  ];
}

function edgeRows(service: ServiceView, state: State, { style }: Look, width: number): string[] {
  const callers = Object.values(state.view.services).filter(({ definition }) =>
    definition.calls.some((name) => name === service.name),
  );
  const into = [...(service.definition.routes.length > 0 ? ['client'] : []), ...callers.map(({ name }) => name)].map(
    (name) => ({ arrow: '→', shown: name, key: edgeKey(name, service.name) }),
  );
  const out = service.definition.calls.map((name) => ({
    arrow: '←',
    shown: name as string,
    key: edgeKey(service.name, name),
  }));
  const table = (title: string, list: typeof into): string[] => {
    if (list.length === 0) return [];
    const rows = list.map(({ shown, key }) => {
      const edge = state.metrics.edges[key];
      const failed = edge?.failedShare ? style.paint('red', percent(edge.failedShare)) : edge ? '0%' : '-';
      const marks = edgeMarks(state.view, key, style);
      const parked = edge && edge.parked > 0 ? style.paint('yellow', `  ${edge.parked} waiting`) : '';
      return cutStyled(
        `   ${fitStyled(shown, 20)}${fitStyled(edge ? `${rate(edge.requestsPerSecond)}/s` : '-', 9, 'right')}${fitStyled(failed, 7, 'right')}${fitStyled(edge?.p50Ms === null || !edge ? '-' : latency(edge.p50Ms), 9, 'right')}${fitStyled(edge?.p95Ms === null || !edge ? '-' : latency(edge.p95Ms), 9, 'right')}${parked}${marks}`,
        width,
      );
    });
    const head = style.dim(
      `   ${fitStyled(title, 20)}${fitStyled('RATE', 9, 'right')}${fitStyled('ERR', 7, 'right')}${fitStyled('P50', 9, 'right')}${fitStyled('P95', 9, 'right')}`,
    );
    return [cutStyled(head, width), ...rows, ''];
  };
  return [...table('CALLED BY', into), ...table('CALLS', out)];
}

function dataRows(service: ServiceView, state: State, { style }: Look, width: number): string[] {
  const { database } = service.definition;
  if (!database) return [];
  const applied = state.events.filter((e) => e.type === 'migration.applied' && e.service === service.name).length;
  const spec = state.project?.services[service.name]?.database;
  const root = state.view.project?.dir ?? '/';
  const folder = spec?.migrations === undefined ? '' : `   migrations in ${path.relative(root, spec.migrations)}`;
  return [
    ` ${heading('DATABASE', style)}`,
    cutStyled(`   ${database}`, width),
    ...(folder === ''
      ? []
      : [
          cutStyled(
            style.dim(`${folder}${applied > 0 ? `, ${applied} applied at this start` : ', none was pending'}`),
            width,
          ),
        ]),
    '',
  ];
}

function environmentRows(service: ServiceView, state: State, { style }: Look, width: number): string[] {
  const { details } = state;
  if (details?.service !== service.name) return [];
  const shown = details.environment.filter((entry) => entry.source !== 'inherited');
  const names = Math.min(28, Math.max(4, ...shown.map((entry) => entry.name.length)));
  const hidden = details.environment.length - shown.length;
  return [
    ` ${heading('ENVIRONMENT', style)} ${style.dim(`in ${details.workingDir}`)}`,
    ...shown.map((entry) =>
      cutStyled(
        `   ${fitStyled(entry.name, names)}  ${fitStyled(style.dim(entry.source), 12)} ${entry.value.replaceAll('\n', '\\n')}`,
        width,
      ),
    ),
    ...(hidden > 0 ? [style.dim(`   and ${hidden} inherited from the shell`)] : []),
    '',
  ];
}

function whyRows(service: ServiceView, state: State, { style }: Look, width: number): string[] {
  const chain = causeChain(state.events, service.name);
  if (chain.length === 0) return [];
  // Of a crash loop: how it began, and the last round.
  const left = chain.length > CHAIN.all ? chain.length - CHAIN.first - CHAIN.last : 0;
  const rows = chain.map((event, i) => {
    const { subject, text, tone } = eventSaying(event);
    const before = chain[i - 1];
    const later = before && event.at > before.at ? style.dim(` +${duration(event.at - before.at)}`) : '';
    // What to do about it may stand at the end.
    const [first = '', ...rest] = wrapStyled(
      `${i === 0 ? '' : '↳ '}${subject}: ${toned(tone, text, style)}${later}`,
      Math.max(20, width - CHAIN_INDENT),
    );
    return [
      cutStyled(`   ${style.dim(clock(event.at).slice(0, 8))} ${first}`, width),
      ...rest.map((row) => cutStyled(`${' '.repeat(CHAIN_INDENT)}${row}`, width)),
    ];
  });
  if (left > 0) rows.splice(CHAIN.first, left, [style.dim(`            … ${left} more`)]);
  return [` ${heading('WHY', style)}`, ...rows.flat(), ''];
}

function tailRows(service: ServiceView, { style }: Look, width: number): string[] {
  const ended = shownInstances(service).find(
    (one) => one.exit !== null && one.tail.length > 0 && one.phase !== 'ready',
  );
  if (!ended?.exit) return [];
  return [
    ` ${heading(`LAST WORDS OF ${replicaLabel(service.name, ended.replica)}`, style)} ${style.dim(exitWords(ended.exit))}`,
    ...ended.tail.map((line) => cutStyled(style.dim(`   | ${line.replace(/[\x00-\x1f\x7f]/g, ' ')}`), width)),
    '',
  ];
}

function eventRows(service: ServiceView, state: State, { style }: Look, width: number): string[] {
  const own = state.events.filter((event: MsvcEvent) => 'service' in event && event.service === service.name);
  if (own.length === 0) return [];
  return [
    ` ${heading('EVENTS', style)}`,
    ...own.slice(-EVENTS).map((event) => {
      const { subject, text, tone } = eventSaying(event);
      return cutStyled(`   ${style.dim(clock(event.at).slice(0, 8))} ${subject}: ${toned(tone, text, style)}`, width);
    }),
    '',
  ];
}
