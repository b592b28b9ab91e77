/** Colours and the end of a reader. */
import { expect, test } from 'vitest';
import { Output } from '../../../src/cli/output.ts';
import { wantsColour } from '../../../src/cli/style.ts';
import { Captured } from './capture.ts';

test.each([
  ['auto', true, {}, true],
  ['auto', false, {}, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['auto', true, { TERM: 'dumb' }, false],
  ['auto', false, { FORCE_COLOR: '1' }, true],
  ['auto', true, { FORCE_COLOR: '0' }, false],
  ['auto', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ['always', false, { NO_COLOR: '1' }, true],
  ['never', true, { FORCE_COLOR: '1' }, false],
] as const)('--ansi %s, terminal %s, %j: colours %s', (mode, terminal, env, wanted) => {
  expect(wantsColour(mode, terminal, env)).toBe(wanted);
});

test('a reader that has gone ends it quietly; any other error does not', () => {
  const captured = new Captured();
  captured.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  captured.emit('error', Object.assign(new Error('write EIO'), { code: 'EIO' }));
  expect(captured.gone).toBe(2);
  expect(() => captured.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
});

test('a stream that is given as a function is made for what is said, and for nothing else', async () => {
  const terminal = new Captured({ terminal: true });
  let made = 0;
  const output = new Output(() => {
    made++;
    return terminal as never;
  }, {});
  output.setColour('auto');
  output.footer([]);
  output.release();
  await output.flush();
  expect(made).toBe(0);
  output.lineSoon(output.style.bold('first'));
  await output.flush();
  output.setColour('never');
  output.line(output.style.bold('second'));
  expect({ made, text: terminal.text }).toEqual({ made: 1, text: '\x1b[1mfirst\x1b[22m\nsecond\n' });
});

test('JSON is one line for programs, and indented for people', () => {
  const pipe = new Captured();
  pipe.output.json([{ a: 1 }]);
  expect(pipe.text).toBe('[{"a":1}]\n');
  const terminal = new Captured({ terminal: true });
  terminal.output.json([{ a: 1 }]);
  expect(terminal.text).toContain('\n  {\n');
});

test('what is told on one stream stands above the footer of the other, after what that one said before', () => {
  const out = new Captured({ terminal: true });
  const err = new Captured({ terminal: true });
  // Both are one terminal.
  err.write = (chunk, done) => out.write(chunk, done);
  Output.pair(out.output, err.output);
  out.output.footer(['[=> ] one', '[>  ] two']);
  out.output.lineSoon('said');
  err.output.line('error[MSVC_USAGE]: wrong');
  out.output.footer([]);
  const screen: string[] = [];
  for (const [, up, text] of out.text.matchAll(/\x1b\[(\d+)F\x1b\[J|([^\x1b\n]*)\n/g)) {
    if (up === undefined) screen.push(text ?? '');
    else screen.splice(-Number(up));
  }
  expect(screen).toEqual(['said', 'error[MSVC_USAGE]: wrong']);
});
