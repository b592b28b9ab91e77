/**
 * The graph of the system: who calls whom, each edge with its rate, errors and latency, each service with its health. As
 * boxes where there is room, otherwise as a tree from the outside in, in which a service that is called from several
 * places is drawn out once. Pure.
 */
import { readyCount, type ServiceView, serviceState, type View } from '../../../model/view.ts';
import type { Style } from '../../style.ts';
import { stateColour } from '../../wording/states.ts';
import { type EdgeMetrics, edgeKey } from '../model/metrics.ts';
import { selectedName } from '../model/selection.ts';
import type { State } from '../model/state.ts';
import { cutStyled, fitStyled } from '../text.ts';
import { edgeColour, edgeMarks, isHindered } from './edges.ts';
import { latency, percent, rate } from './format.ts';
import { boxAt, graphRows } from './graph.ts';
import { edgesOfGraph, isAlone, layoutGraph } from './graph-layout.ts';
import { windowAround } from './layout.ts';
import { type Look, sign } from './look.ts';
import { highlighted } from './overview.ts';

/** Below it boxes would stand too close to be read. */
const LEAST_GRAPH_WIDTH = 100;
/** Of rate, errors and latency of an edge. */
const FLOW_WIDTH = 23;

interface Branch {
  readonly service: ServiceView;
  /** Of the edge that leads to it; null when none does, from outside neither. */
  readonly key: string | null;
  /** What stands before it: the branches above and its own. */
  readonly stem: string;
  /** Drawn out elsewhere. */
  readonly isRepeated: boolean;
}

export interface MapPage {
  readonly rows: readonly string[];
  /** What stands in a cell, 0-based. */
  serviceAt(x: number, row: number): string | null;
}

/** Boxes where they fit, otherwise a tree; of a long one the part around what is selected. */
export function mapPage(state: State, look: Look, width: number, height: number): MapPage {
  const alone = Object.keys(state.view.services).filter((name) => isAlone(state.view, name));
  const notes = hinderedRows(state, look.style);
  const below = [...notes, ...aloneRows(alone, state, look, width)];
  const layout = width < LEAST_GRAPH_WIDTH ? null : layoutGraph(state.view, width, height - below.length);
  if (!layout) return treePage(state, look, width, height);
  const rows = [...graphRows(state, look, layout), ...below];
  const first = layout.height + notes.length + 2;
  return { rows, serviceAt: (x, row) => boxAt(layout, x, row) ?? alone[row - first] ?? null };
}

function treePage(state: State, look: Look, width: number, height: number): MapPage {
  const { style } = look;
  const { view } = state;
  const branches = treeOf(view);
  const inTree = new Set(branches.map(({ service }) => service.name as string));
  const alone = Object.keys(view.services).filter((name) => !inTree.has(name));
  const name = Math.min(30, Math.max(8, ...Object.keys(view.services).map((one) => one.length)));
  const stems = Math.max(4, ...branches.map(({ stem }) => stem.length));
  const gateway = view.gateway ? `${style.bold('client')} ${style.dim('→')} ${view.gateway.url}` : style.bold('client');
  const all: readonly (readonly [row: string, service: string | null])[] = [
    [
      ` ${gateway}${view.gateway && !view.gateway.up ? style.paint('red', '  the gateway is being started again') : ''}`,
      null,
    ],
    ...branches.map((branch) => [branchRow(branch, state, look, { name, stems, width }), branch.service.name] as const),
    ...aloneRows(alone, state, look, width).map((row, i) => [row, alone[i - 2] ?? null] as const),
  ];
  const selected = selectedName(state);
  const at = all.findIndex(([, service]) => service === selected);
  const { from, to } = windowAround(at, height, all.length);
  const shown = all.slice(from, to);
  return { rows: shown.map(([row]) => row), serviceAt: (_x, row) => shown[row]?.[1] ?? null };
}

/** A blank row, a title, and a row each. */
function aloneRows(names: readonly string[], state: State, { style }: Look, width: number): string[] {
  if (names.length === 0) return [];
  const columns = Math.min(30, Math.max(8, ...names.map((name) => name.length)));
  return [
    '',
    style.dim(' nobody calls these through the gateway'),
    ...names.map((name) => {
      const row = `   ${nodeText(state.view.services[name]!, columns, style)}`;
      return name === selectedName(state) ? highlighted(fitStyled(row, width)) : cutStyled(row, width);
    }),
  ];
}

/** What the sign on an edge of the graph stands for. */
function hinderedRows({ view }: State, style: Style): string[] {
  return edgesOfGraph(view).flatMap(({ caller, callee }) => {
    const marks = edgeMarks(view, edgeKey(caller, callee), style);
    return marks === '' ? [] : [` ${style.paint('yellow', '!')} ${caller} → ${callee}${marks}`];
  });
}

function branchRow(
  { service, key, stem, isRepeated }: Branch,
  state: State,
  { style }: Look,
  { name, stems, width }: { readonly name: number; readonly stems: number; readonly width: number },
): string {
  const node = isRepeated
    ? `${sign(serviceState(service), style)} ${fitStyled(service.name, name)} ${style.dim('↑ above')}`
    : nodeText(service, name, style);
  const row = ` ${wayText(key, stem, stems, state, style)} ${node}${key === null ? '' : edgeMarks(state.view, key, style)}`;
  return service.name === selectedName(state) && !isRepeated
    ? highlighted(fitStyled(row, width))
    : cutStyled(row, width);
}

/** The branch and what goes along it, up to its arrow; blank where nobody calls. */
function wayText(key: string | null, stem: string, stems: number, { metrics, view }: State, style: Style): string {
  if (key === null) return ' '.repeat(stems + 1 + FLOW_WIDTH + 4);
  const edge = metrics.edges[key];
  const colour = edgeColour(edge, isHindered(view, key));
  const line = style.paint(colour, '─'.repeat(stems - stem.length + 1));
  return `${style.dim(stem)}${line} ${edgeText(edge, style)} ${style.paint(colour, '─▶')}`;
}

/** `  12/s   0%    4 ms` */
function edgeText(edge: EdgeMetrics | undefined, style: Style): string {
  if (!edge) return style.dim(fitStyled('idle', FLOW_WIDTH, 'right'));
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
  const grow = (service: ServiceView, caller: string | null, before: string, isLast: boolean): void => {
    const isRepeated = seen.has(service.name);
    const key = caller === null ? null : edgeKey(caller, service.name);
    branches.push({ service, key, stem: `${before}${isLast ? '└' : '├'}`, isRepeated });
    if (isRepeated) return;
    seen.add(service.name);
    const callees = service.definition.calls.flatMap((name) => services[name] ?? []);
    for (const [i, callee] of callees.entries()) {
      grow(callee, service.name, `${before}${isLast ? ' ' : '│'}  `, i === callees.length - 1);
    }
  };
  for (const [i, root] of roots.entries()) grow(root, 'client', '', i === roots.length - 1);
  for (const other of others) grow(other, null, '', true);
  return branches;
}
