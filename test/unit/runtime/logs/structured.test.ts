/** Lines of loggers of several languages: level, message, fields. And lines that only look like such. */
import { describe, expect, test } from 'vitest';
import { levelOfText } from '../../../../src/runtime/logs/level.ts';
import { levelOfLine, structuredLine } from '../../../../src/runtime/logs/structured.ts';
import { continuesLine } from '../../../../src/runtime/logs/trace-lines.ts';

describe('data', () => {
  test.each([
    [
      'pino',
      '{"level":50,"time":1,"pid":1,"hostname":"h","msg":"no","req":{"id":1}}',
      'error',
      'no',
      [['req', '{"id":1}']],
    ],
    ['structlog', '{"event":"paid","level":"info","timestamp":"t","order":41}', 'info', 'paid', [['order', '41']]],
    ['slog', '{"time":"t","level":"WARN","msg":"low","left":2}', 'warn', 'low', [['left', '2']]],
    ['slog offset', '{"time":"t","level":"ERROR+2","msg":"x"}', 'error', 'x', []],
    ['logrus', '{"level":"warning","msg":"x y","time":"t","who":"a b"}', 'warn', 'x y', [['who', '"a b"']]],
    ['zap', '{"level":"dpanic","ts":1.5,"caller":"a.go:1","msg":"x"}', 'fatal', 'x', [['caller', 'a.go:1']]],
    ['Serilog', '{"@t":"t","@m":"hello","@l":"Debug","N":1}', 'debug', 'hello', [['N', '1']]],
    ['Cloud Logging', '{"severity":"NOTICE","message":"m"}', 'info', 'm', []],
    ['ECS', '{"@timestamp":"t","log":{"level":"error"},"message":"m"}', 'error', 'm', []],
    ['Python', '{"asctime":"t","levelname":"CRITICAL","message":"m"}', 'fatal', 'm', []],
    ['logfmt', 'time=t level=debug msg="a \\"b\\"" n=1', 'debug', 'a "b"', [['n', '1']]],
  ])('%s', (_name, line, level, message, fields) => {
    expect(structuredLine(line)).toEqual({ level, message, fields, stack: [] });
  });

  test('a stack trace in a field is lines of its own', () => {
    const line = JSON.stringify({
      level: 50,
      msg: 'x',
      err: { type: 'E', message: 'm', stack: 'E: m\n    at f (a.js:1)' },
    });
    expect(structuredLine(line)).toMatchObject({ fields: [], stack: ['E: m', '    at f (a.js:1)'] });
  });

  test.each(['{not json}', '{"a":1}', '[1]', '{"msg":', 'it said msg=hello to me', 'a sentence', ''])(
    '%j is none',
    (line) => {
      expect(structuredLine(line)).toBeUndefined();
    },
  );
});

test.each([
  ['2026-01-01 ERROR failed', 'error'],
  ['[warn] low', 'warn'],
  ['INFO:     Started server', 'info'],
  ['error: no such file', 'error'],
  ['E0102 15:04:05.000 1 x.go:1] no', 'error'],
  ['WARNING: deprecated', 'warn'],
  ['an error occurred', undefined],
  ['there is no INFORMATION here', undefined],
  [`${'x'.repeat(200)} ERROR late`, undefined],
])('%j is %s', (line, level) => {
  expect(levelOfText(line)).toBe(level);
  expect(levelOfLine(line)).toBe(level);
});

test.each([
  ['    at f (a.js:1:2)', undefined, true],
  ['\tat com.example.A.b(A.java:1)', undefined, true],
  ['Caused by: java.io.IOException', undefined, true],
  ['ValueError: bad', '  File "a.py", line 1', true],
  ['ValueError: bad', 'something else', false],
  ['next line', '    at f (a.js:1:2)', false],
  ['', 'x', false],
])('%j after %j: %s', (text, before, expected) => {
  expect(continuesLine(text, before)).toBe(expected);
});
