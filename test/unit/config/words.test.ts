import { describe, expect, test } from 'vitest';
import { maskDeep, maskText } from '../../../src/config/mask.ts';
import { parseDurationMs, parseSizeBytes, printDuration, printSize } from '../../../src/config/units.ts';

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['5s', 5000],
    ['1m30s', 90_000],
    ['1.5s', 1500],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0', 0],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
    expect(parseDurationMs(printDuration(ms))).toBe(ms);
  });

  test('none is longer than a timer can wait: it would fire at once', () => {
    expect(parseDurationMs('365d')).toBe(2 ** 31 - 1);
  });

  test.each(['', '5', '5 s', '-5s', 's', '1m30', 'PT5S', '5sec'])('%j is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });
});

describe('sizes', () => {
  test.each([
    ['10', 10],
    ['10b', 10],
    ['10k', 10_240],
    ['10m', 10_485_760],
    ['10MB', 10_485_760],
    ['10MiB', 10_485_760],
    ['1.5g', 1_610_612_736],
    ['1 gb', 1_073_741_824],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSizeBytes(text)).toBe(bytes);
    expect(parseSizeBytes(printSize(bytes))).toBe(bytes);
  });

  test.each(['', 'm', '-1m', '10 meters', '1,5m'])('%j is none', (text) => {
    expect(parseSizeBytes(text)).toBeUndefined();
  });
});

describe('masking', () => {
  const secret = (value: string) => ({ s: { name: 's', source: 'file' as const, value } });

  test('wherever the value is, quoted for JSON and a URL too', () => {
    const secrets = secret('p@ss"word');
    expect(maskText('a p@ss"word b', secrets)).toBe('a *** b');
    expect(maskText(JSON.stringify({ a: 'p@ss"word' }), secrets)).toBe('{"a":"***"}');
    expect(maskText('https://u:p%40ss%22word@h', secrets)).toBe('https://u:***@h');
    expect(maskDeep({ a: ['p@ss"word', 1, null] }, secrets)).toEqual({ a: ['***', 1, null] });
  });

  test('a very short value only where it is the whole', () => {
    expect(maskText('1', secret('1'))).toBe('***');
    expect(maskText('a1b', secret('1'))).toBe('a1b');
    expect(maskText('text', secret(''))).toBe('text');
  });

  test('of two that overlap the longer one is taken whole', () => {
    const secrets = { a: secret('abc').s, b: secret('abcdef').s };
    expect(maskText('x abcdef y', secrets)).toBe('x *** y');
  });
});
