/**
 * The graph of the system as boxes and edges, where the screen has room for it: each service with its health, each edge
 * with its rate, errors and latency, coloured by how it goes. Pure.
 */
import { readyCount, type ServiceView, serviceState } from '../../../model/view.ts';
import type { Colour } from '../../style.ts';
import { stateColour } from '../../wording/states.ts';
import { edgeKey } from '../model/metrics.ts';
import { selectedName } from '../model/selection.ts';
import type { State } from '../model/state.ts';
import { Canvas } from './canvas.ts';
import { edgeColour, edgeWords, isHindered } from './edges.ts';
import { type Box, CLIENT, type GraphLayout, LABEL_WIDTH } from './graph-layout.ts';
import { type Look, signOf } from './look.ts';

const FRAMES = { light: '╭─╮│╰╯', heavy: '┏━┓┃┗┛' } as const;

export function graphRows(state: State, look: Look, layout: GraphLayout): string[] {
  const { style } = look;
  const canvas = new Canvas(layout.width, layout.height);
  for (const { caller, callee, exitRow, trunk, by, entryRow, from, to } of layout.lines) {
    const key = edgeKey(caller, callee);
    const edge = state.metrics.edges[key];
    const colour = edgeColour(edge, isHindered(state.view, key));
    canvas.horizontal(exitRow, from, trunk, colour);
    if (by) {
      canvas.vertical(trunk, exitRow, by.row, colour);
      canvas.horizontal(by.row, trunk, by.column, colour);
      canvas.vertical(by.column, by.row, entryRow, colour);
    } else canvas.vertical(trunk, exitRow, entryRow, colour);
    canvas.horizontal(entryRow, by?.column ?? trunk, to - 1, colour);
    canvas.write(to, entryRow, '▶', (text) => style.paint(colour, text));
    const words = edgeWords(edge, isHindered(state.view, key)).slice(0, LABEL_WIDTH);
    const begin = to - 2 - words.length;
    canvas.write(begin, entryRow, ` ${words} `, (text) => style.paint(colour === 'green' ? undefined : colour, text));
  }
  for (const box of layout.boxes) drawBox(canvas, box, state, look);
  return canvas.rows(style);
}

function drawBox(canvas: Canvas, box: Box, state: State, { style }: Look): void {
  const service = state.view.services[box.name];
  const isSelected = service !== undefined && box.name === selectedName(state);
  const [topLeft, flat, topRight, side, bottomLeft, bottomRight] = isSelected ? FRAMES.heavy : FRAMES.light;
  const colour = service ? stateColour(serviceState(service)) : undefined;
  const paint = (text: string): string => style.paint(colour, text);
  const inner = box.width - 2;
  const line = (left: string, middle: string, right: string): string => left + middle!.repeat(inner) + right;
  canvas.write(box.x, box.y, line(topLeft!, flat!, topRight!), paint);
  canvas.write(box.x, box.y + box.height - 1, line(bottomLeft!, flat!, bottomRight!), paint);
  for (const [i, { text, colour: own, bold }] of wordsOf(
    box.name,
    service,
    state,
    inner - 2,
    box.height - 2,
  ).entries()) {
    const y = box.y + 1 + i;
    canvas.write(box.x, y, side!, paint);
    canvas.write(box.x + 1, y, ` ${text} `, (words) => (bold ? style.bold(words) : style.paint(own, words)));
    canvas.write(box.x + box.width - 1, y, side!, paint);
  }
}

interface Words {
  readonly text: string;
  readonly colour?: Colour | undefined;
  readonly bold?: boolean;
}

/** As many rows as the box has, each as wide as its inside. */
function wordsOf(name: string, service: ServiceView | undefined, state: State, width: number, rows: number): Words[] {
  const words: Words[] = service ? ofService(service) : [{ text: name, bold: true }, { text: gatewayOf(state) }];
  const blank: Words = { text: '' };
  return Array.from({ length: rows }, (_, i) => {
    const one = words[i] ?? blank;
    return { ...one, text: one.text.slice(0, width).padEnd(width) };
  });
}

function ofService(service: ServiceView): Words[] {
  const state = serviceState(service);
  return [
    { text: `${signOf(state)} ${service.name}`, bold: true },
    { text: `${readyCount(service)}/${service.wanted} ${state}`, colour: stateColour(state) },
  ];
}

function gatewayOf({ view: { gateway } }: State): string {
  if (!gateway) return '';
  return gateway.up ? gateway.url.replace(/^https?:\/\//, '') : 'starting again';
}

/** The service whose box covers a cell, 0-based. */
export function boxAt(layout: GraphLayout, x: number, y: number): string | null {
  const found = layout.boxes.find(
    (box) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height && box.name !== CLIENT,
  );
  return found?.name ?? null;
}
