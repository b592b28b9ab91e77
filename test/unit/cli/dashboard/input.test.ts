/** Bytes of a terminal -> keys, mouse and pasted text; whatever way they are cut into chunks. */
import { describe, expect, test } from 'vitest';
import { type Heard, InputDecoder } from '../../../../src/cli/dashboard/terminal/input.ts';

function decode(text: string): Heard[] {
  const decoder = new InputDecoder();
  const inputs = decoder.push(Buffer.from(text));
  return [...inputs, ...decoder.flush()];
}

const keys = (text: string): string[] => decode(text).map((input) => (input.type === 'key' ? input.key : input.type));

describe('keys', () => {
  test.each([
    ['j', ['j']],
    ['jk', ['j', 'k']],
    ['é日👩', ['é', '日', '👩']],
    ['\r\t\x7f', ['enter', 'tab', 'backspace']],
    ['\x03\x1a\x0c', ['ctrl-c', 'ctrl-z', 'ctrl-l']],
    ['\x1b[A\x1b[B\x1b[C\x1b[D', ['up', 'down', 'right', 'left']],
    ['\x1bOA\x1bOB', ['up', 'down']],
    ['\x1b[5~\x1b[6~\x1b[1~\x1b[4~\x1b[3~', ['page-up', 'page-down', 'home', 'end', 'delete']],
    ['\x1b[Z', ['shift-tab']],
    ['\x1b[1;5A', ['ctrl-up']],
    ['\x1b', ['escape']],
    ['\x1b\x1b', ['escape', 'escape']],
    ['\x1bx', ['alt-x']],
    // Answers of the terminal that nobody asked for, and what is not known, are no keys.
    ['\x1b[?62;22c', []],
    ['\x1b[99~j', ['j']],
    ['j\x1b[0nk', ['j', 'answer', 'k']],
  ])('%j', (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  test('a sequence may come in pieces, a character too', () => {
    const decoder = new InputDecoder();
    expect(decoder.push(Buffer.from('\x1b'))).toEqual([]);
    expect(decoder.isHolding).toBe(true);
    expect(decoder.push(Buffer.from('[1;'))).toEqual([]);
    expect(decoder.push(Buffer.from('5Bq'))).toEqual([
      { type: 'key', key: 'ctrl-down' },
      { type: 'key', key: 'q' },
    ]);
    const [first, second] = [Buffer.from('日').subarray(0, 2), Buffer.from('日').subarray(2)];
    expect(decoder.push(first)).toEqual([]);
    expect(decoder.push(second)).toEqual([{ type: 'key', key: '日' }]);
  });
});

test('the wheel and clicks have their place', () => {
  expect(decode('\x1b[<64;10;5M\x1b[<65;1;1M\x1b[<0;7;3M\x1b[<0;7;3m')).toEqual([
    { type: 'wheel', by: -3, x: 10, y: 5 },
    { type: 'wheel', by: 3, x: 1, y: 1 },
    { type: 'click', x: 7, y: 3 },
  ]);
});

test('pasted text is text, not keys', () => {
  expect(decode('\x1b[200~q\nrm\x1b[201~x')).toEqual([
    { type: 'paste', text: 'q\nrm' },
    { type: 'key', key: 'x' },
  ]);
});
