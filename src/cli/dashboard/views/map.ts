/**
 * The graph of the system as a tree from the outside in: who calls whom, each edge with its rate, errors and latency,
 * each service with its health. A service that is called from several places is drawn out once. Pure.
 */
import { meets } from '../../../model/fault.ts';
import { readyCount, type ServiceView, serviceState, type View } from '../../../model/view.ts';
import type { Style } from '../../style.ts';
import { effectText } from '../../wording/faults.ts';
import { stateColour } from '../../wording/states.ts';
import { type EdgeMetrics, edgeKey } from '../model/metrics.ts';
import { selectedName } from '../model/selection.ts';
import type { State } from '../model/state.ts';
import { cutStyled, fitStyled } from '../text.ts';
import { latency, percent, rate } from './format.ts';
import { type Look, sign } from './look.ts';
import { highlighted } from './overview.ts';

interface Branch {
  readonly service: ServiceView;
  readonly key: string;
  /** What stands before it: the branches above and its own. */
  readonly stem: string;
  /** Drawn out elsewhere. */
  readonly isRepeated: boolean;
}

export function mapRows(state: State, look: Look, width: number): string[] {
  const { style } = look;
  const { view } = state;
  const branches = treeOf(view);
  const inTree = new Set(branches.map(({ service }) => service.name));
  const alone = Object.values(view.services).filter(({ name }) => !inTree.has(name));
  const name = Math.min(30, Math.max(8, ...Object.keys(view.services).map((one) => one.length)));
  const stems = Math.max(4, ...branches.map(({ stem }) => stem.length));
  const rows = branches.map((branch) => branchRow(branch, state, look, { name, stems, width }));
  const gateway = view.gateway ? `${style.bold('client')} ${style.dim('→')} ${view.gateway.url}` : style.bold('client');
  const selected = selectedName(state);
  return [
    ` ${gateway}${view.gateway && !view.gateway.up ? style.paint('red', '  the gateway is being started again') : ''}`,
    ...rows,
    ...(alone.length > 0 ? ['', style.dim(' nobody calls these through the gateway')] : []),
    ...alone.map((service) => {
      const row = `   ${nodeText(service, name, style)}`;
      return service.name === selected ? highlighted(fitStyled(row, width)) : cutStyled(row, width);
    }),
  ];
}

function branchRow(
  { service, key, stem, isRepeated }: Branch,
  state: State,
  { style }: Look,
  { name, stems, width }: { readonly name: number; readonly stems: number; readonly width: number },
): string {
  const edge = state.metrics.edges[key];
  const line = '─'.repeat(stems - stem.length);
  const flow = edgeText(edge, style);
  const node = isRepeated
    ? `${sign(serviceState(service), style)} ${fitStyled(service.name, name)} ${style.dim('↑ above')}`
    : nodeText(service, name, style);
  const marks = edgeMarks(state.view, key, style);
  const colour = edge?.failedShare ? 'red' : edge && edge.requestsPerSecond > 0 ? 'green' : 'dim';
  const row = ` ${style.dim(stem)}${style.paint(colour, `${line}─`)} ${flow} ${style.paint(colour, '─▶')} ${node}${marks}`;
  return service.name === selectedName(state) && !isRepeated
    ? highlighted(fitStyled(row, width))
    : cutStyled(row, width);
}

/** What stands in the way of an edge, in words: a fault, an open breaker. */
export function edgeMarks(view: View, key: string, style: Style): string {
  const [caller = '', callee = ''] = key.split('>');
  const faults = view.faults.filter((fault) => meets(fault, { caller, callee }));
  const isOpen = view.breakers.some((breaker) => breaker.caller === caller && breaker.callee === callee);
  return [
    ...(isOpen ? [style.paint('red', '  breaker open')] : []),
    ...faults.map((fault) => style.paint('yellow', `  fault: ${effectText(fault)}`)),
  ].join('');
}

/** `  12/s   0%    4 ms` */
function edgeText(edge: EdgeMetrics | undefined, style: Style): string {
  if (!edge) return style.dim(fitStyled('idle', 23, 'right'));
  const failed = edge.failedShare ? style.paint('red', percent(edge.failedShare)) : '0%';
  const time = edge.p50Ms === null ? '-' : latency(edge.p50Ms);
  const waiting = edge.parked > 0 ? style.paint('yellow', ` ${edge.parked} waiting`) : '';
  return `${fitStyled(`${rate(edge.requestsPerSecond)}/s`, 7, 'right')} ${fitStyled(failed, 5, 'right')} ${fitStyled(time, 9, 'right')}${waiting}`;
}

function nodeText(service: ServiceView, width: number, style: Style): string {
  const state = serviceState(service);
  const ready = `${readyCount(service)}/${service.wanted}`;
  return `${sign(state, style)} ${fitStyled(style.bold(service.name), width)} ${ready} ${style.paint(stateColour(state), state)}`;
}

function treeOf(view: View): Branch[] {
  const services = view.services;
  const called = new Set(Object.values(services).flatMap(({ definition }) => definition.calls as readonly string[]));
  const roots = Object.values(services).filter(({ definition }) => definition.routes.length > 0);
  const others = Object.values(services).filter(
    ({ name, definition }) => definition.routes.length === 0 && !called.has(name) && definition.calls.length > 0,
  );
  const seen = new Set<string>();
  const branches: Branch[] = [];
  const grow = (service: ServiceView, caller: string, before: string, isLast: boolean): void => {
    const isRepeated = seen.has(service.name);
    branches.push({ service, key: edgeKey(caller, service.name), stem: `${before}${isLast ? '└' : '├'}`, isRepeated });
    if (isRepeated) return;
    seen.add(service.name);
    const callees = service.definition.calls.flatMap((name) => services[name] ?? []);
    for (const [i, callee] of callees.entries()) {
      grow(callee, service.name, `${before}${isLast ? ' ' : '│'}  `, i === callees.length - 1);
    }
  };
  const entries = [...roots, ...others];
  for (const [i, root] of entries.entries()) grow(root, 'client', '', i === entries.length - 1);
  return branches;
}
