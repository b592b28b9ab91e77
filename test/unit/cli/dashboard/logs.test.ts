/** The log view without a terminal: what is kept, found, filtered, copied. */
import { describe, expect, test } from 'vitest';
import { patternOf } from '../../../../src/cli/dashboard/log-look.ts';
import type { LogPane } from '../../../../src/cli/dashboard/logs/log-pane.ts';
import { LINE_BYTES, LogStore } from '../../../../src/cli/dashboard/logs/log-store.ts';
import { timeStamp } from '../../../../src/runtime/logs/line-format.ts';
import { LINES, logOf, lookOf, paneOf, START } from './story.ts';

const SLOT = { service: 'web', replica: 1 };

function line(text: string, at = START): string {
  return `${timeStamp(at)} o ${Buffer.from(text, 'utf8').toString('latin1')}\n`;
}

function numbered(count: number, text: (n: number) => string = (n) => `line ${n}`): LogStore {
  const store = new LogStore();
  let batch = '';
  for (let n = 0; n < count; n++) {
    batch += line(text(n), START + n);
    if (batch.length < 90_000 && n < count - 1) continue;
    store.append(SLOT, batch);
    batch = '';
  }
  return store;
}

const shown = (pane: LogPane): string[] => pane.rows().map((row) => row.replace(/\x1b\[[\d;]*m/g, '').trimEnd());
const texts = (pane: LogPane): string[] => shown(pane).map((row) => row.replace(/^.*?[│┆·] /, ''));

function paneAt(store: LogStore, height: number, width = 60): LogPane {
  const pane = paneOf(store, lookOf(), { labels: true });
  pane.resize(width, height);
  return pane;
}

describe('the store', () => {
  test('gives every line back as it was written, whatever the script', () => {
    const store = new LogStore();
    store.append(SLOT, line('größe 日本語') + line('') + line('plain\r'));
    expect([0, 1, 2].map((n) => store.line(n)?.text)).toEqual(['größe 日本語', '', 'plain']);
    expect(store.line(0)).toMatchObject({ service: 'web', replica: 1, time: START, stream: 'stdout' });
    expect(store.line(3)).toBeUndefined();
  });

  test('keeps at least the last 100,000, and not everything for ever', () => {
    const store = numbered(450_000);
    expect(store.end).toBe(450_000);
    expect(store.end - store.first).toBeGreaterThanOrEqual(100_000);
    expect(store.end - store.first).toBeLessThan(250_000);
    expect(store.line(449_999)?.text).toBe('line 449999');
    expect(store.line(store.first)?.text).toBe(`line ${store.first}`);
    expect(store.line(store.first - 1)).toBeUndefined();
  });

  test('of a line that is too long for a block its beginning is kept, the next one is whole', () => {
    const store = new LogStore();
    store.append(SLOT, line('x'.repeat(1024 * 1024)) + line('next'));
    expect(store.line(0)?.text.length).toBeGreaterThan(LINE_BYTES / 2);
    expect(store.line(0)?.text.length).toBeLessThanOrEqual(LINE_BYTES);
    expect(store.line(1)?.text).toBe('next');
  });

  test('memory stays bounded by bytes when lines are long', () => {
    const store = new LogStore();
    for (let n = 0; n < 3_000; n++) store.append(SLOT, line('y'.repeat(30_000)));
    expect(store.bytes).toBeLessThan(64 * 1024 * 1024);
    expect(store.line(2_999)?.text).toHaveLength(30_000);
  });
});

describe('looking', () => {
  test('follows what comes; the first step up stands still, whatever comes then; G follows again', () => {
    const store = numbered(100);
    const pane = paneAt(store, 5);
    expect(texts(pane)).toEqual(['line 95', 'line 96', 'line 97', 'line 98', 'line 99']);
    store.append(SLOT, line('line 100'));
    expect(texts(pane).at(-1)).toBe('line 100');
    pane.move(-1);
    pane.rows();
    store.append(SLOT, line('line 101') + line('line 102'));
    expect(texts(pane).at(-1)).toBe('line 100');
    expect(pane.isFollowing).toBe(false);
    pane.follow();
    expect(texts(pane).at(-1)).toBe('line 102');
  });

  test('scrolls a line, a page, to the beginning, and over the end back to following', () => {
    const pane = paneAt(numbered(100), 5);
    pane.move(-5);
    expect(texts(pane)[0]).toBe('line 94');
    pane.page(-1);
    pane.rows();
    pane.home();
    expect(texts(pane)).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
    pane.move(5);
    expect(texts(pane)).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5']);
    pane.move(1_000);
    expect(pane.isFollowing).toBe(true);
  });

  test('wrapped lines take the rows they need; cut ones take one', () => {
    const store = numbered(3, (n) => `${n}${'x'.repeat(100)}`);
    const pane = paneOf(store, lookOf(), { wrap: true });
    pane.resize(60, 9);
    expect(shown(pane).filter((row) => row !== '')).toHaveLength(9);
    pane.look = { ...pane.look, wrap: false };
    expect(shown(pane).filter((row) => row !== '')).toHaveLength(3);
    expect(shown(pane)[0]).toMatch(/…$/);
  });

  test('jumps to a time', () => {
    const pane = paneAt(numbered(1_000), 3);
    pane.jumpTo(START + 500);
    expect(texts(pane)[0]).toBe('line 500');
  });
});

describe('finding', () => {
  test('searches up from the end, on with n and N, and says when there is no more', () => {
    const pane = paneAt(numbered(20_000), 5);
    pane.search = patternOf('line 1234\\d?$');
    expect(pane.find('up', true)).toBe(true);
    expect(shown(pane).find((row) => row.startsWith('▌'))).toMatch(/line 12349$/);
    expect(pane.find('up')).toBe(true);
    expect(shown(pane).find((row) => row.startsWith('▌'))).toMatch(/line 12348$/);
    expect(pane.find('down')).toBe(true);
    expect(pane.find('down')).toBe(false);
    pane.search = patternOf('nowhere');
    expect(pane.find('up')).toBe(false);
  });

  test('a match is marked in what is shown', () => {
    const pane = paneAt(numbered(3), 3);
    pane.search = patternOf('line 2');
    expect(pane.rows().join('')).toContain('\x1b[7mline 2\x1b[27m');
  });

  test('small letters find both, large ones only themselves, and what is no expression itself', () => {
    expect(patternOf('error')?.test('ERROR')).toBe(true);
    expect(patternOf('Error')?.test('ERROR')).toBe(false);
    expect(patternOf('a(b')?.test('xa(b')).toBe(true);
    expect(patternOf('')).toBeUndefined();
  });

  test('a filter that looks through 200,000 lines does so in slices, the newest first', () => {
    const pane = paneAt(numbered(200_000), 3);
    pane.want({ pattern: /7$/ });
    while (pane.advance());
    expect(pane.count).toBe(20_000);
    expect(texts(pane)).toEqual(['line 199977', 'line 199987', 'line 199997']);
    pane.home();
    expect(texts(pane)[0]).toBe('line 7');
  });

  test('a filter that nothing fits says so; what is below is counted in lines that fit', () => {
    const pane = paneAt(
      numbered(1_000, (n) => `line ${n}`),
      3,
    );
    pane.want({ pattern: patternOf('nowhere')! });
    while (pane.advance());
    expect(texts(pane).map((row) => row.trim())).toEqual(['no line fits', '', '']);
    expect(pane.below).toBe(0);
    pane.want({ pattern: patternOf('line [0-9]*7$')! });
    while (pane.advance());
    pane.home();
    expect(texts(pane)).toEqual(['line 7', 'line 17', 'line 27']);
    expect(pane.below).toBe(97);
    pane.want({ pattern: patternOf('nowhere')! });
    while (pane.advance());
    pane.rows();
    expect(pane.below).toBe(0);
  });

  test('by level, service and mute; the frames of a trace go with their line', () => {
    const pane = paneAt(logOf(LINES), 10);
    pane.want({ level: 'error' });
    while (pane.advance());
    expect(texts(pane).filter((row) => row !== '')).toEqual([
      '2026-07-25 14:03:03 ERROR card was refused',
      'Traceback (most recent call last):',
      '  File "server.py", line 41, in charge',
      'ValueError: card 4000 is expired',
    ]);
    pane.want({ level: 'warn', muted: new Set(['payments']) });
    while (pane.advance());
    expect(texts(pane).filter((row) => row !== '')).toEqual(['WARN  stock is low  product=teapot left=2']);
    pane.want({ level: undefined, muted: new Set(), services: new Set(['orders']) });
    while (pane.advance());
    expect(texts(pane).filter((row) => row !== '')).toEqual(['INFO  order placed  order=41 customer=Ada']);
  });
});

describe('copying', () => {
  test('an entry with its trace, clean of colours and labels', () => {
    const pane = paneAt(logOf(LINES), 12);
    pane.search = patternOf('card was refused');
    pane.find('up', true);
    expect(pane.copied()).toEqual([
      '2026-07-25 14:03:03 ERROR card was refused',
      'Traceback (most recent call last):',
      '  File "server.py", line 41, in charge',
      'ValueError: card 4000 is expired',
    ]);
    pane.search = patternOf('200 in 2 ms');
    pane.find('down', true);
    expect(pane.copied()).toEqual(['GET / 200 in 2 ms']);
  });

  test('a selection; and while following what is seen', () => {
    const pane = paneAt(numbered(100), 4);
    expect(pane.rows() && pane.copied()).toEqual(['line 96', 'line 97', 'line 98', 'line 99']);
    pane.move(-2);
    pane.select();
    pane.move(-2);
    expect(pane.copied()).toEqual(['line 95', 'line 96', 'line 97']);
  });
});

test('what a service writes never moves the cursor, and never breaks the frame', () => {
  const store = new LogStore();
  store.append(SLOT, line('\x1b[2J\x1b[1;1H\x1b]52;c;aGk=\x07\x1b[31mred\x1b[0m\x07\b tail'));
  const pane = paneAt(store, 1);
  const [row = ''] = pane.rows();
  expect(row.replace(/\x1b\[[\d;]*m/g, '')).not.toContain('\x1b');
  expect(row).toContain('red');
  expect(row).toContain('tail');
});

test('a long name takes at most a quarter of the row, and keeps its number', () => {
  const store = new LogStore();
  store.append({ service: 'a-service-with-a-rather-long-name', replica: 12 }, line('what it says'));
  const pane = paneOf(store, lookOf(), { labels: true, labelWidth: 36 });
  pane.resize(80, 1);
  expect(shown(pane)).toEqual([expect.stringMatching(/^.?a-service-with-…\.12 │ what it says$/)]);
  pane.resize(200, 1);
  expect(shown(pane)).toEqual([expect.stringMatching(/^.?a-service-with-a-rather-long-name\.12 │ what it says$/)]);
});
