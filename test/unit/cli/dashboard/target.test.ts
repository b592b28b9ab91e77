import { createElement } from 'react';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../../../src/cli/dashboard/model/state.ts';
import { Painter } from '../../../../src/cli/dashboard/terminal/paint.tsx';
import { App } from '../../../../src/cli/dashboard/views/app.tsx';
import { targetAt } from '../../../../src/cli/dashboard/views/target.ts';
import { LINES, logOf, lookOf, paneOf, Story } from './story.ts';

const look = lookOf();

/** What a press on that text, the first one or the one in a row that fits, would mean. */
function pressed(story: Story, text: string, inRow = /./): Target | null {
  const { columns, rows } = story.state.size;
  const pane = paneOf(logOf(LINES), look);
  const painter = new Painter();
  painter.layout(createElement(App, { state: story.state, look, pane, tail: pane }), columns, rows);
  const lines = painter.lines().map((line) => line.replace(/\x1b\[[0-9;]*m/g, ''));
  painter.close();
  const y = lines.findIndex((line) => line.includes(text) && inRow.test(line));
  expect(y, `${text} in\n${lines.join('\n')}`).toBeGreaterThanOrEqual(0);
  return targetAt(story.state, look, lines[y]!.indexOf(text) + 1, y + 1);
}

describe.each([
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 50 },
])('under the pointer at $columns x $rows', (size) => {
  const shop = (): Story => new Story(size).begin().allReady();

  test('tabs, in every view', () => {
    const story = shop();
    for (const key of ['1', '2', '3']) {
      story.press(key);
      expect(pressed(story, 'Overview')).toEqual({ kind: 'screen', screen: 'overview' });
      expect(pressed(story, '2 Logs')).toEqual({ kind: 'screen', screen: 'logs' });
      expect(pressed(story, 'Map')).toEqual({ kind: 'screen', screen: 'map' });
    }
    story.press('1', 'enter');
    expect(pressed(story, 'Logs')).toEqual({ kind: 'screen', screen: 'logs' });
  });

  test('services in the overview, also below a problem', () => {
    const story = shop();
    expect(pressed(story, 'payments', /1\/1/)).toEqual({ kind: 'service', name: 'payments' });
    story.killed('catalog', 1);
    expect(pressed(story, 'payments', /1\/1/)).toEqual({ kind: 'service', name: 'payments' });
    expect(pressed(story, 'SERVICE')).toBeNull();
    expect(pressed(story, 'WHAT HAPPENED')).toBeNull();
  });

  test('of many services the one that is shown there', () => {
    const story = shop();
    for (let i = 0; i < 60; i++) story.define(`service-${i}`, 1, [], null);
    story.press('G');
    expect(pressed(story, 'service-59')).toEqual({ kind: 'service', name: 'service-59' });
    expect(pressed(story, 'service-55')).toEqual({ kind: 'service', name: 'service-55' });
    story.press('3');
    expect(pressed(story, 'service-55')).toEqual({ kind: 'service', name: 'service-55' });
  });

  test('services on the map, replicas in a service, lines of the logs', () => {
    const story = shop();
    story.press('3');
    expect(pressed(story, 'payments')).toEqual({ kind: 'service', name: 'payments' });
    expect(pressed(story, 'client')).toBeNull();
    story.send({ type: 'pressed', target: { kind: 'service', name: 'catalog' } });
    expect(story.state.selected).toBe('catalog');
    story.send({ type: 'pressed', target: { kind: 'service', name: 'catalog' } });
    expect(story.state.screen).toBe('service');
    expect(pressed(story, 'catalog.2', /^ ● catalog\.2/)).toEqual({ kind: 'replica', index: 1 });
    story.press('2');
    expect(pressed(story, 'stock is low')).toMatchObject({ kind: 'line' });
    story.press(':');
    expect(pressed(story, 'Overview')).toBeNull();
  });
});
