/**
 * Whole frames of the main views at three sizes, through Ink, as they go to the terminal (without colours). The files
 * are looked at by people: a change of one is a change of what everybody sees.
 */
import { createElement } from 'react';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Painter } from '../../../../src/cli/dashboard/terminal/paint.tsx';
import { App } from '../../../../src/cli/dashboard/views/app.tsx';
import { labelsOf } from '../../../../src/cli/report/lines.ts';
import { Style } from '../../../../src/cli/style.ts';
import { textWidth } from '../../../../src/cli/text-width.ts';
import type { NewEvent } from '../../../../src/model/event.ts';
import { type ServiceName as Name, serviceName } from '../../../../src/model/names.ts';
import { LINES, logOf, lookOf, paneOf, Story } from './story.ts';

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 50 },
];
const zone = process.env.TZ;

beforeAll(() => {
  process.env.TZ = 'UTC';
});

afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const SCENES: Readonly<Record<string, (story: Story) => void>> = {
  starting: (story) => {
    story.begin().ready('storefront');
    story.ready('catalog', 1);
  },
  images: (story) => {
    story.begin().ready('storefront');
    const [catalog, orders, payments] = ['catalog', 'orders', 'payments'].map(serviceName) as [Name, Name, Name];
    const pulling = (service: Name, layers: number, layersDone: number, bytes: number): void =>
      void story.tell(500, {
        type: 'image.pulling',
        service,
        image: `${service}:1`,
        progress: { layers, layersDone, bytes, bytesTotal: layers > 0 ? 80_000_000 : 0 },
      });
    story.tell(10, {
      type: 'image.building',
      service: payments,
      image: 'shop-payments',
      context: '/home/ada/shop/pay',
    });
    pulling(orders, 0, 0, 0);
    pulling(catalog, 0, 0, 0);
    for (let megabytes = 0; megabytes <= 36; megabytes += 3) pulling(catalog, 5, 1, megabytes * 1_000_000);
  },
  'killed-and-back': (story) => {
    busy(story).killed('catalog', 1).back('catalog', 1);
    story.sample(40);
    story.sample(40);
  },
  'crash-loop': (story) => {
    busy(story).killed('payments', 1);
    crashLoop(story);
    story.sample(40, 8);
  },
  'broken-save': (story) => {
    busy(story).brokenSave('payments').sample(40);
  },
  'service-crash-loop': (story) => {
    busy(story).killed('payments', 1);
    crashLoop(story);
    story.press('G', 'enter');
  },
  service: (story) => {
    busy(story).killed('catalog', 2).back('catalog', 2);
    story.sample(40);
    story.press('down', 'enter');
  },
  logs: (story) => {
    busy(story);
    story.press('2');
  },
  map: (story) => {
    busy(story);
    story.press('3');
  },
  help: (story) => {
    busy(story);
    story.press('?');
  },
  palette: (story) => {
    busy(story);
    story.press(':', 'r', 'e');
  },
  quitting: (story) => {
    busy(story);
    story.press('q');
  },
};

function busy(story: Story): Story {
  story.begin().allReady();
  for (let second = 0; second < 130; second++) story.sample(30 + Math.round(20 * Math.sin(second / 9)));
  return story;
}

function crashLoop(story: Story): void {
  const service = 'payments' as never;
  const at = { service, instance: 'payments.1@1' as never, replica: 1 };
  let cause = story.seq;
  const then = (afterMs: number, event: NewEvent): void => {
    cause = story.tell(afterMs, { ...event, cause } as NewEvent);
  };
  for (let attempt = 2; attempt < 6; attempt++) {
    then(400, { type: 'instance.launched', ...at, pid: 7000 + attempt, launch: attempt });
    const tail = ['Traceback (most recent call last):', "ModuleNotFoundError: No module named 'stripe'"];
    then(80, { type: 'instance.exited', ...at, exit: { code: 1, signal: null }, expected: false, tail });
    then(1, { type: 'instance.backing-off', ...at, delayMs: 1600, attempt, crashLoop: attempt >= 5 });
  }
}

function frameOf(story: Story, look = lookOf()): string[] {
  const store = logOf(LINES);
  const pane = paneOf(store, look, { wrap: true });
  const tail = paneOf(store, look);
  const painter = new Painter();
  try {
    const { columns, rows } = story.state.size;
    painter.layout(createElement(App, { state: story.state, look, pane, tail }), columns, rows);
    return painter.lines();
  } finally {
    painter.close();
  }
}

describe.each(SIZES)('$columns x $rows', (size) => {
  test.each(Object.keys(SCENES))('%s', async (scene) => {
    const story = new Story(size);
    SCENES[scene]!(story);
    const lines = frameOf(story);
    expect(lines).toHaveLength(size.rows);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(size.columns);
    const text = `${lines.map((line) => line.replace(/\x1b\[[0-9;]*m/g, '').trimEnd()).join('\n')}\n`;
    await expect(text).toMatchFileSnapshot(`../../../golden/dashboard/${scene}-${size.columns}x${size.rows}.txt`);
  });
});

test.each([
  { columns: 10, rows: 3 },
  { columns: 20, rows: 6 },
  { columns: 33, rows: 8 },
  { columns: 60, rows: 15 },
  { columns: 400, rows: 100 },
])('$columns x $rows is drawn without overflowing', (size) => {
  for (const scene of Object.values(SCENES)) {
    const story = new Story(size);
    scene(story);
    const lines = frameOf(story, lookOf(true));
    expect(lines.length).toBeLessThanOrEqual(size.rows);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(size.columns);
  }
});

/**
 * Attributes, their ends, and foregrounds that can be read on a dark ground and on a light one: no black, no white, no
 * bright yellow, green or cyan, and no ground of our own under the terminal's text.
 */
const READABLE = [0, 1, 2, 4, 7, 22, 24, 27, 31, 32, 33, 34, 35, 36, 39, 94, 95];

test('on a light ground as on a dark one: which colours there are', () => {
  const used = new Set<number>();
  for (const scene of Object.values(SCENES)) {
    const story = new Story({ columns: 200, rows: 50 });
    scene(story);
    for (const line of frameOf(story, lookOf(true))) {
      for (const [, codes = ''] of line.matchAll(/\x1b\[([0-9;]*)m/g)) {
        for (const code of codes.split(';')) used.add(Number(code));
      }
    }
  }
  const labels = labelsOf(Array.from({ length: 60 }, (_, i) => ({ name: `s${i}`, replicas: 1 })));
  for (let i = 0; i < 60; i++) {
    used.add(Number(/\[(\d+)m/.exec(new Style(true).paint(labels.colourOf(`s${i}`), 'x'))?.[1]));
  }
  expect(READABLE).toEqual(expect.arrayContaining([...used]));
  expect(used.size).toBeGreaterThan(8);
});

test('sixty services with ten replicas each keep the selected one in sight', () => {
  const story = new Story({ columns: 120, rows: 40 });
  story.begin();
  for (let i = 0; i < 60; i++) {
    story.define(`service-${i}`, 10, [], null);
    for (let replica = 1; replica <= 10; replica++) story.ready(`service-${i}`, replica);
  }
  story.press('G');
  const last = frameOf(story);
  expect(last.join('\n')).toMatch(/service-59 .*10\/10/);
  // Which of them these are does not cover the titles.
  expect(last[1]).toMatch(/ of 64 *$/);
  expect(last.find((row) => row.includes('SERVICE'))).toMatch(/READY .* UP *$/);
  story.press('g');
  expect(frameOf(story).join('\n')).toMatch(/storefront/);
});

test('an engine that has gone is told at the top too, where nothing says that all is well', () => {
  const story = new Story({ columns: 80, rows: 24 });
  story.begin().ready('storefront');
  expect(frameOf(story)[0]).toMatch(/localhost:8080 {2}up /);
  story.send({ type: 'lost' });
  const [top = '', ...rest] = frameOf(story);
  expect(top.trimEnd()).toBe(' shop  ✗ the engine is gone');
  expect(rest.join('\n')).toContain('`msvc up` starts the system again');
});
