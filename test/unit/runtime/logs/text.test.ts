import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeAnsi, stripAnsi } from '../../../../src/runtime/logs/ansi.ts';
import { matcherOf, requiredWord } from '../../../../src/runtime/logs/grep.ts';

describe('escape sequences', () => {
  it.each([
    ['plain \t text', 'plain \t text', 'plain \t text'],
    ['\x1b[1;31mred\x1b[0m', 'red', '\x1b[1;31mred\x1b[0m'],
    ['\x1b[32mleft open', 'left open', '\x1b[32mleft open\x1b[0m'],
    ['\x1b[2J\x1b[10;10Hhere\x1b[K', 'here', 'here'],
    ['\x1b]0;title\x07text', 'text', 'text'],
    ['\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\', 'link', 'link'],
    ['\x1b]52;c;aGk=\x07', '', ''],
    ['\x1b]0;never ended', '', ''],
    ['\x1bPq data\x1b\\x', 'x', 'x'],
    ['\x1bcreset\x1b7\x1b(Bx', 'resetx', 'resetx'],
    ['\x9b2Jc1', 'c1', 'c1'],
    ['a\rb\bc\x00d\x7f', 'a\rb\bc\x00d\x7f', 'a␍b␈c␀d␡'],
    ['\x1b', '', ''],
    ['\x1b[?25l\x1b[38;5;196mx', 'x', '\x1b[38;5;196mx\x1b[0m'],
  ])('%j', (text, stripped, safe) => {
    expect(stripAnsi(text)).toBe(stripped);
    expect(safeAnsi(text)).toBe(safe);
  });

  it('never lets anything but colours through', () => {
    const nasty = fc.array(
      fc.constantFrom('\x1b', '[', ']', ';', '0', '1', 'm', 'H', '\x07', '\\', '\r', '\x9b', 'P', '?', ' ', 'x'),
    );
    fc.assert(
      fc.property(nasty, (parts) => {
        const safe = safeAnsi(parts.join(''));
        expect(safe.replace(/\x1b\[[0-9;:]*m/g, '')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
        expect(stripAnsi(parts.join(''))).not.toMatch(/[\x1b\x9b]/);
      }),
    );
  });
});

describe('the word that every match has', () => {
  it.each([
    ['timeout after \\d+ms', 'timeout after '],
    ['^GET \\/api\\/orders$', 'GET /api/orders'],
    ['colou?r', 'colo'],
    ['ab+c', 'ab'],
    ['x{0,3}yz', 'yz'],
    ['a|b', ''],
    ['x9{7} y', 'x9999999 y'],
    ['ab{2,}c{1,3}d', 'abb'],
    ['ab{99}c', `a${'b'.repeat(32)}`],
    ['(abc)?d', ''],
    ['[abc]def', 'def'],
    ['\\bword\\b', 'word'],
    ['\\u0041bc', ''],
    ['a\\|b', 'a|b'],
    ['größe', 'gr'],
    ['', ''],
  ])('%s: %j', (source, word) => {
    expect(requiredWord(source)).toBe(word);
  });

  it('leaves out no line that matches', () => {
    const atom = fc.constantFrom('a', 'b', 'ab', 'A', '.', '\\d', '[ab]', '\\.', 'é', '1', '\\w', '^', '$', '\\b', '|');
    const source = fc
      .array(fc.tuple(atom, fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{0,1}', '{1,}', '+?')), {
        minLength: 1,
        maxLength: 6,
      })
      .map((parts) => parts.map(([own, quantifier]) => (/^[\^$|]|\\b/.test(own) ? own : own + quantifier)).join(''));
    const line = fc
      .array(fc.constantFrom('a', 'b', 'A', 'B', '.', '1', 'é', ' '), { maxLength: 12 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(source, fc.constantFrom('', 'i', 'g'), fc.array(line, { maxLength: 6 }), (text, flags, all) => {
        const matcher = matcherOf(new RegExp(text, flags));
        if (!matcher.narrow) return;
        const block = all.map((own) => `${Buffer.from(own).toString('latin1')}\n`).join('');
        const narrowed = matcher
          .narrow(block)
          .split('\n')
          .map((own) => Buffer.from(own, 'latin1').toString());
        for (const own of all) if (matcher.matches(own)) expect(narrowed).toContain(own);
        if (matcher.rulesOut?.(Buffer.from(block, 'latin1'))) expect(all.filter(matcher.matches)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['without the word', 'a line\n', true],
    ['with it', 'a line\nin a wo\nthe word\n', false],
    ['with it behind colours', 'the wo\x1b[31mrd\n', false],
    ['with it behind an escape of one character', 'the wo\u009b31mrd\n', false],
    ['with a piece of a line', '\x1fthe wo\n', false],
  ])('rules out a block %s: %j is %s', (_what, block, isOut) => {
    for (const matcher of [matcherOf('word'), matcherOf(/wor[d]|word/), matcherOf(/\bword/)]) {
      expect(matcher.rulesOut?.(Buffer.from(block)) ?? isOut).toBe(isOut);
    }
  });

  it('rules out a block that lacks one of the words, or each of the alternatives', () => {
    const block = Buffer.from('a flood of lines\nand nothing else\n'.repeat(50));
    expect(matcherOf(/flood.*zebra/).rulesOut?.(block)).toBe(true);
    expect(matcherOf(/zebra|quagga/).rulesOut?.(block)).toBe(true);
    expect(matcherOf(/zebra|nothing/).rulesOut?.(block)).toBe(false);
    expect(matcherOf(/zebra|\d/).rulesOut?.(block) ?? false).toBe(false);
    expect(matcherOf(/9{7} flood/).rulesOut?.(block)).toBe(true);
  });

  it('finds a long word by a part of it, whichever parts stand elsewhere', () => {
    const text = (least: number, most: number) =>
      fc.array(fc.constantFrom('a', '0', ' ', 'x'), { minLength: least, maxLength: most }).map((all) => all.join(''));
    fc.assert(
      fc.property(text(7, 11), fc.array(fc.array(text(0, 30), { maxLength: 4 }), { maxLength: 12 }), (word, blocks) => {
        const { rulesOut, narrow, matches } = matcherOf(word);
        for (const all of blocks) {
          const block = all.map((line) => `${line}\n`).join('');
          expect(rulesOut?.(Buffer.from(block))).toBe(!all.some(matches));
          expect(narrow?.(block)).toBe(
            all
              .filter(matches)
              .map((line) => `${line}\n`)
              .join(''),
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});
