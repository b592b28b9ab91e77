import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Canvas } from '../../../../src/cli/dashboard/views/canvas.ts';
import { type GraphLayout, layoutGraph } from '../../../../src/cli/dashboard/views/graph-layout.ts';
import { mapPage } from '../../../../src/cli/dashboard/views/map.ts';
import { Style } from '../../../../src/cli/style.ts';
import { lookOf, Story } from './story.ts';

/** For a chain of as many services as there are, with every edge that they can have. */
const ROOM = { columns: 1000, rows: 400 };

/** Services s0, s1, ...; each calls only later ones, so there is no cycle. */
const graphs = fc
  .integer({ min: 1, max: 10 })
  .chain((count) =>
    fc.array(
      fc.record({ routed: fc.boolean(), calls: fc.uniqueArray(fc.integer({ min: 1, max: count }), { maxLength: 4 }) }),
      { minLength: count, maxLength: count },
    ),
  );

function viewOf(graph: readonly { readonly routed: boolean; readonly calls: readonly number[] }[]) {
  const story = new Story(ROOM);
  for (const [i, { routed, calls }] of graph.entries()) {
    const callees = [...new Set(calls.map((by) => i + by))].filter((at) => at < graph.length);
    story.define(
      `s${i}`,
      1,
      callees.map((at) => `s${at}`),
      routed || i === 0 ? `/s${i}` : null,
    );
  }
  return story.view;
}

/** Every cell that an edge runs through, by edge. */
function cellsOf({ lines }: GraphLayout): { readonly edge: string; readonly x: number; readonly y: number }[] {
  return lines.flatMap(({ caller, callee, exitRow, trunk, by, entryRow, from, to }) => {
    const edge = `${caller}>${callee}`;
    const row = (y: number, a: number, b: number) =>
      Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => ({ edge, x: Math.min(a, b) + i, y }));
    const column = (x: number, a: number, b: number) =>
      Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => ({ edge, x, y: Math.min(a, b) + i }));
    return by
      ? [
          ...row(exitRow, from, trunk),
          ...column(trunk, exitRow, by.row),
          ...row(by.row, trunk, by.column),
          ...column(by.column, by.row, entryRow),
          ...row(entryRow, by.column, to),
        ]
      : [...row(exitRow, from, trunk), ...column(trunk, exitRow, entryRow), ...row(entryRow, trunk, to)];
  });
}

describe('the graph in boxes', () => {
  test('is laid out anew when a definition or the room has changed, not with every frame', () => {
    const story = new Story({ columns: 400, rows: 200 }).begin();
    const layout = layoutGraph(story.view, 400, 200);
    story.allReady();
    story.killed('catalog', 1);
    expect(layoutGraph(story.view, 400, 200)).toBe(layout);
    expect(layoutGraph(story.view, 40, 200)).toBeNull();
    story.define('payments', 1, ['catalog'], null);
    expect(layoutGraph(story.view, 400, 200)?.lines.length).toBe((layout?.lines.length ?? 0) + 1);
  });

  test('boxes and edges lie apart, inside of the picture; each edge comes in by a row of its own', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const layout = layoutGraph(viewOf(graph), ROOM.columns, ROOM.rows);
        if (!layout) throw new Error('there is room for it');
        const { boxes, lines, width, height } = layout;
        const taken = new Map<string, string>();
        for (const box of boxes) {
          for (let y = box.y; y < box.y + box.height; y++) {
            for (let x = box.x; x < box.x + box.width; x++) {
              if (x >= width || y >= height) throw new Error(`${box.name} is outside of the picture`);
              if (taken.has(`${x},${y}`)) throw new Error(`${box.name} lies on ${taken.get(`${x},${y}`)}`);
              taken.set(`${x},${y}`, box.name);
            }
          }
        }
        for (const { edge, x, y } of cellsOf(layout)) {
          if (taken.has(`${x},${y}`)) throw new Error(`${edge} runs through ${taken.get(`${x},${y}`)}`);
          if (x < 0 || x >= width || y < 0 || y >= height) throw new Error(`${edge} runs outside of the picture`);
        }
        expect(new Set(lines.map(({ callee, entryRow }) => `${callee} ${entryRow}`)).size).toBe(lines.length);
      }),
      { numRuns: 150 },
    );
  });

  test('is not made of a cycle, nor where it does not fit', () => {
    const story = new Story();
    story.define('a', 1, ['b'], '/');
    story.define('b', 1, ['a'], null);
    expect(layoutGraph(story.view, 400, 200)).toBeNull();
    const shop = new Story().begin();
    expect(layoutGraph(shop.view, 120, 20)).not.toBeNull();
    expect(layoutGraph(shop.view, 80, 20)).toBeNull();
    expect(layoutGraph(shop.view, 120, 8)).toBeNull();
  });
});

describe('a canvas', () => {
  test('joins lines that meet, crosses those that do not, and puts words over them', () => {
    const canvas = new Canvas(9, 5);
    canvas.horizontal(1, 0, 4, 'green');
    canvas.vertical(4, 0, 4, 'green');
    canvas.horizontal(3, 2, 8, 'red');
    canvas.vertical(2, 3, 4, 'dim');
    canvas.write(6, 3, 'ab', (same) => same);
    expect(canvas.rows(new Style(false))).toEqual(['    │', '────┤', '    │', '  ╭─┼─ab─', '  │ │']);
  });
});

describe('the tree', () => {
  test('nothing leads from outside to what has no route', () => {
    const story = new Story({ columns: 80, rows: 24 }).begin();
    story.define('worker', 1, ['payments'], null);
    const look = lookOf();
    const rows = mapPage(story.state, look, 80, 24).rows.map((row) => row.replace(/\x1b\[[0-9;]*m/g, ''));
    const at = rows.findIndex((row) => row.includes(' worker '));
    expect(rows[at]).toMatch(/^ +\S worker /);
    expect(rows[at + 1]).toMatch(/^ +└─.*▶ \S payments +↑ above/);
    expect(rows[at - 1]).not.toMatch(/^ [├│]/);
  });
});
