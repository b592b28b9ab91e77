/**
 * Where the boxes and edges of the system's graph stand, in cells: layers from left to right, the caller always left of
 * whom it calls. Boxes begin in odd rows, edges enter them in even rows and leave in odd ones, so two edges never share a
 * row between the same two layers. Gives up (null) on cycles and on what does not fit. Owns its last answer.
 */
import type { View } from '../../../model/view.ts';
import { ordered } from '../model/order.ts';

export const CLIENT = 'client';

export interface Box {
  readonly name: string;
  readonly layer: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly caller: string;
  readonly callee: string;
  /** Corners, from the caller's box to before the callee's. */
  readonly exitRow: number;
  readonly trunk: number;
  /** Of an edge over more than one layer: the row it passes the layers between in, and the column it comes down in. */
  readonly by: { readonly row: number; readonly column: number } | null;
  readonly entryRow: number;
  readonly from: number;
  readonly to: number;
}

export interface GraphLayout {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
}

/** `9.9k/s 100% 999 ms`, and a sign before it. */
export const LABEL_WIDTH = 20;
/** `0/10 crash-loop` */
const LEAST_TEXT = 15;
const FRAME = 4;
const ARROW = 4;

interface Edge {
  readonly caller: string;
  readonly callee: string;
}

/** Who is not called, calls nobody and has no route: not part of the graph. */
export function isAlone(view: View, name: string): boolean {
  const service = view.services[name];
  if (!service || service.definition.routes.length > 0 || service.definition.calls.length > 0) return false;
  return !Object.values(view.services).some(({ definition }) => (definition.calls as readonly string[]).includes(name));
}

export function edgesOfGraph(view: View): readonly Edge[] {
  return ordered(view).flatMap(({ name, definition }) => [
    ...(definition.routes.length > 0 ? [{ caller: CLIENT, callee: name as string }] : []),
    ...definition.calls.filter((callee) => view.services[callee]).map((callee) => ({ caller: name as string, callee })),
  ]);
}

let last: { readonly asked: readonly unknown[]; readonly layout: GraphLayout | null } | null = null;

/** Laid out anew only when the definitions or the room are others: it is asked for with every frame. */
export function layoutGraph(view: View, width: number, height: number): GraphLayout | null {
  const asked = [width, height, ...Object.values(view.services).map(({ definition }) => definition)];
  if (asked.length !== last?.asked.length || asked.some((part, i) => part !== last?.asked[i])) {
    last = { asked, layout: laidOut(view, width, height) };
  }
  return last.layout;
}

function laidOut(view: View, width: number, height: number): GraphLayout | null {
  const edges = edgesOfGraph(view);
  const names = ordered(view)
    .map(({ name }) => name as string)
    .filter((name) => !isAlone(view, name));
  const layers = layersOf([CLIENT, ...names], edges);
  if (!layers) return null;
  const boxes = place(layers, edges, width);
  if (!boxes) return null;
  const lines = route(boxes, layers.length, edges);
  const bottom = Math.max(
    ...[...boxes.values()].map((box) => box.y + box.height),
    ...lines.map(({ by }) => (by?.row ?? 0) + 1),
  );
  if (bottom > height) return null;
  return { boxes: [...boxes.values()], lines, width, height: bottom };
}

/** By the longest way from outside; null for a cycle. */
function layersOf(names: readonly string[], edges: readonly Edge[]): string[][] | null {
  const layer = new Map<string, number>(names.map((name) => [name, name === CLIENT ? 0 : 1]));
  for (let round = 0; ; round++) {
    let isSettled = true;
    for (const { caller, callee } of edges) {
      const least = layer.get(caller)! + 1;
      if (layer.get(callee)! >= least) continue;
      layer.set(callee, least);
      isSettled = false;
    }
    if (isSettled) break;
    if (round > names.length) return null;
  }
  const layers: string[][] = [];
  for (const name of names) {
    const at = layer.get(name)!;
    layers[at] ??= [];
    layers[at].push(name);
  }
  // Near their callers, so that edges are short and cross little.
  for (const [i, names] of layers.entries()) {
    if (i === 0) continue;
    const rank = new Map(
      layers.slice(0, i).flatMap((above) => above.map((name, at) => [name, at / above.length] as const)),
    );
    const mean = (name: string): number => {
      const callers = edges.flatMap(({ caller, callee }) =>
        callee === name && rank.has(caller) ? [rank.get(caller)!] : [],
      );
      return callers.length === 0 ? 0 : callers.reduce((a, b) => a + b, 0) / callers.length;
    };
    names.sort((a, b) => mean(a) - mean(b));
  }
  return layers;
}

function place(layers: readonly (readonly string[])[], edges: readonly Edge[], width: number): Map<string, Box> | null {
  const layerOf = new Map(layers.flatMap((names, layer) => names.map((name) => [name, layer] as const)));
  const boxes = new Map<string, Box>();
  const tall = layers.map((names) => names.reduce((y, name) => y + stride(name, edges), 0));
  const tallest = Math.max(...tall);
  let x = 1;
  for (const [layer, names] of layers.entries()) {
    const boxWidth = Math.max(LEAST_TEXT, ...names.map((name) => name.length + 2)) + FRAME;
    // An even number of rows down: boxes stay in odd ones.
    let y = 1 + 2 * Math.floor((tallest - tall[layer]!) / 4);
    for (const name of names) {
      boxes.set(name, { name, layer, x, y, width: boxWidth, height: heightOf(name, edges) });
      y += stride(name, edges);
    }
    x += boxWidth;
    if (layer < layers.length - 1) x += gutter(layer, names, edges, layerOf);
  }
  return x <= width ? boxes : null;
}

function heightOf(name: string, edges: readonly Edge[]): number {
  const entries = edges.filter(({ callee }) => callee === name).length;
  return Math.max(2, 2 * entries - 1) + 2;
}

/** To the next box, which begins in an odd row again. */
function stride(name: string, edges: readonly Edge[]): number {
  const height = heightOf(name, edges);
  return height + (height % 2 === 0 ? 2 : 1);
}

function gutter(
  layer: number,
  names: readonly string[],
  edges: readonly Edge[],
  layerOf: ReadonlyMap<string, number>,
): number {
  return 1 + 2 * (trunksOf(names, edges).length + arrivals(layer, edges, layerOf).length) + LABEL_WIDTH + ARROW;
}

function trunksOf(names: readonly string[], edges: readonly Edge[]): readonly string[] {
  return names.filter((name) => edges.some(({ caller }) => caller === name));
}

/** Edges that have passed a layer and come down behind that one. */
function arrivals(layer: number, edges: readonly Edge[], layerOf: ReadonlyMap<string, number>): readonly Edge[] {
  return edges.filter(({ caller, callee }) => layerOf.get(callee) === layer + 1 && layerOf.get(caller)! < layer);
}

function route(boxes: ReadonlyMap<string, Box>, layerCount: number, edges: readonly Edge[]): Line[] {
  const layerOf = new Map([...boxes.values()].map(({ name, layer }) => [name, layer] as const));
  const lines: Line[] = [];
  const taken = new Set<number>();
  for (let layer = 0; layer < layerCount; layer++) {
    const own = [...boxes.values()].filter((box) => box.layer === layer);
    const trunks = trunksOf(
      own.map(({ name }) => name),
      edges,
    );
    for (const [i, name] of trunks.entries()) {
      const box = boxes.get(name)!;
      const trunk = box.x + box.width + 1 + 2 * i;
      for (const edge of edges.filter(({ caller }) => caller === name)) {
        const to = boxes.get(edge.callee)!;
        const exitRow = box.y + 2;
        const entryRow = entryOf(edge, to, boxes, edges);
        const line = { ...edge, exitRow, trunk, entryRow, from: box.x + box.width, to: to.x - 1 };
        if (to.layer === layer + 1) {
          lines.push({ ...line, by: null });
          continue;
        }
        const before = [...boxes.values()].find((one) => one.layer === to.layer - 1)!;
        const lane =
          trunksOf(
            [...boxes.values()].filter((one) => one.layer === to.layer - 1).map((one) => one.name),
            edges,
          ).length + arrivals(to.layer - 1, edges, layerOf).indexOf(edge);
        const row = passage(boxes, box, to, entryRow, taken);
        taken.add(row);
        lines.push({ ...line, by: { row, column: before.x + before.width + 1 + 2 * lane } });
      }
    }
  }
  return lines;
}

function entryOf(edge: Edge, to: Box, boxes: ReadonlyMap<string, Box>, edges: readonly Edge[]): number {
  const into = edges.filter(({ callee }) => callee === edge.callee);
  const sorted = [...into].sort((a, b) => boxes.get(a.caller)!.y - boxes.get(b.caller)!.y);
  return to.y + 1 + 2 * sorted.indexOf(edge);
}

/** The nearest odd row that no box between the two covers, and in which no other edge runs. */
function passage(
  boxes: ReadonlyMap<string, Box>,
  from: Box,
  to: Box,
  entryRow: number,
  taken: ReadonlySet<number>,
): number {
  const all = [...boxes.values()];
  const covers = ({ y, height }: Box, row: number): boolean => row >= y && row < y + height;
  const isFree = (row: number): boolean =>
    !taken.has(row) &&
    !all.some((box) => box.layer > from.layer && box.layer < to.layer && covers(box, row)) &&
    !all.some((box) => box.layer === from.layer && box !== from && row === box.y + 2);
  const bottom = Math.max(...all.map((box) => box.y + box.height));
  let best = Number.POSITIVE_INFINITY;
  let found = bottom + 1;
  for (let row = 1; row <= bottom + 2 * taken.size + 2; row += 2) {
    const way = Math.abs(row - entryRow) + Math.abs(row - from.y - 2);
    if (!isFree(row) || way >= best) continue;
    best = way;
    found = row;
  }
  return found;
}
