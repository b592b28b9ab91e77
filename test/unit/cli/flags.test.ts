/** What flags take: durations, moments, numbers, scales, signals, replicas, variables. */
import { describe, expect, test } from 'vitest';
import { durationFlag, durationMs } from '../../../src/cli/flags/duration.ts';
import { momentMs } from '../../../src/cli/flags/moment.ts';
import { numberFlag, tailFlag } from '../../../src/cli/flags/number.ts';
import { replicaRef } from '../../../src/cli/flags/replica.ts';
import { collectScale, scaleEntry } from '../../../src/cli/flags/scale.ts';
import { exitCodeOfSignal, signalFlag } from '../../../src/cli/flags/signal.ts';
import { collectVariable, variablesOf } from '../../../src/cli/flags/variables.ts';
import { MsvcError } from '../../../src/model/error.ts';

const refused = (run: () => unknown): MsvcError => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MsvcError);
    expect((error as MsvcError).code).toBe('MSVC_USAGE');
    return error as MsvcError;
  }
  throw new Error('it was taken');
};

test.each([
  ['5s', 5000],
  ['1m30s', 90_000],
  ['250ms', 250],
  ['1.5s', 1500],
  ['2h', 7_200_000],
  ['10', 10_000],
  ['0', 0],
  // No timer can wait longer: it would fire at once.
  ['365d', 2 ** 31 - 1],
  ['31536000', 2 ** 31 - 1],
])('the duration %s is %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', 's', '5 s', '-5s', '5x', '1m30', 'five', '1e3'])('"%s" is no duration', (text) => {
  expect(durationMs(text)).toBeNull();
  expect(refused(() => durationFlag('--timeout')(text)).message).toContain('--timeout');
});

describe('moments', () => {
  const now = new Date(2026, 0, 2, 15, 0, 0).getTime();

  test.each([
    ['5m', now - 300_000],
    ['90', now - 90_000],
    ['14:05', new Date(2026, 0, 2, 14, 5).getTime()],
    ['14:05:30.5', new Date(2026, 0, 2, 14, 5, 30, 500).getTime()],
    ['23:00', new Date(2026, 0, 1, 23, 0).getTime()],
    ['2026-01-01', new Date(2026, 0, 1).getTime()],
    ['2026-01-01T10:00:00Z', Date.UTC(2026, 0, 1, 10)],
    ['2026-01-01 10:00', new Date(2026, 0, 1, 10).getTime()],
    ['1767225600', 1_767_225_600_000],
  ])('%s', (text, at) => {
    expect(momentMs(text, now)).toBe(at);
  });

  test.each(['25:99', '24:00', '12:60', '12:30:60', '2026-13-01', '2026-02-30', '2026-02-30T10:00', 'noon'])(
    '%s is none',
    (text) => {
      expect(momentMs(text, now)).toBeNull();
    },
  );

  test.each(['yesterday', '25', '2026-13-40'])('%s', (text) => {
    const at = momentMs(text, now);
    expect(at === null || at <= now).toBe(true);
  });
});

test('whole numbers within bounds, and `all`', () => {
  expect(numberFlag('--port', 1, 65_535)('8080')).toBe(8080);
  expect(refused(() => numberFlag('--port', 1, 65_535)('70000')).message).toContain('1 to 65535');
  refused(() => numberFlag('--port', 1, 65_535)('80a'));
  expect(tailFlag('-n')('all')).toBe('all');
  expect(tailFlag('-n')('0')).toBe(0);
});

test('scales', () => {
  expect(scaleEntry('web=3')).toEqual(['web', 3]);
  expect(collectScale('b=2', { a: 1 })).toEqual({ a: 1, b: 2 });
  for (const text of ['web', 'web=', '=3', 'web=x', 'web=-1', 'web=99999']) refused(() => scaleEntry(text));
});

test('signals by name and number', () => {
  for (const text of ['TERM', 'sigterm', 'SIGTERM', '15']) expect(signalFlag(text)).toBe('SIGTERM');
  refused(() => signalFlag('SIGNOPE'));
  expect(exitCodeOfSignal('SIGTERM')).toBe(143);
});

test('replicas: a known service wins over a number at the end of its name', () => {
  expect(replicaRef('web.2', ['web'])).toEqual({ service: 'web', replica: 2 });
  expect(replicaRef('web.2', ['web', 'web.2'])).toEqual({ service: 'web.2' });
  expect(replicaRef('web.2.1', ['web.2'])).toEqual({ service: 'web.2', replica: 1 });
  expect(replicaRef('web.0', ['web'])).toBeNull();
  expect(replicaRef('nope', ['web'])).toBeNull();
});

test('variables, with a value or from the shell', () => {
  const given = ['A=1', 'B', 'C=x=y', 'NOT_SET'].reduce<string[] | undefined>(
    (all, text) => collectVariable(text, all),
    undefined,
  );
  expect(variablesOf(given ?? [], { B: 'two' })).toEqual({ A: '1', B: 'two', C: 'x=y' });
  refused(() => collectVariable('=x', undefined));
});
