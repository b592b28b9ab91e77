/** Placeholders and conditions of templates. */
import { describe, expect, test } from 'vitest';
import { render, renderName, type TemplateValues } from '../../../src/scaffold/template/render.ts';

const VALUES: TemplateValues = {
  service: 'my-orders',
  folder: 'services/my-orders',
  route: '/api/my-orders/',
  calls: ['catalog', '2nd.one'],
  database: false,
};
const plain = (text: string, more: Partial<TemplateValues> = {}): string => {
  const { text: out, problems } = render(text, { ...VALUES, ...more });
  expect(problems).toEqual([]);
  return out;
};

describe('placeholders', () => {
  test('each has its value', () => {
    const text = '__SERVICE__ __SERVICE_ENV__ __TITLE__ __FOLDER__ __PATH__';
    expect(plain(text)).toBe('my-orders MY_ORDERS My orders services/my-orders /api/my-orders');
    expect(plain('__PATH__', { route: undefined })).toBe('/my-orders');
    expect(plain('__PATH__/x __URL__', { route: '/' })).toBe('/x /');
    expect(plain('__PATH__ __URL__', { route: '/a' })).toBe('/a /a');
    expect(renderName('cmd/__SERVICE__/main.go', VALUES)).toBe('cmd/my-orders/main.go');
  });

  test('what other languages write with underscores is theirs', () => {
    const text = 'if __name__ == "__main__": __FILE__ __DIRNAME __PATH _SERVICE_ ____';
    expect(plain(text)).toBe(text);
  });
});

describe('conditions', () => {
  test.each(['// msvc:if database', '# msvc:if database', '  -- msvc:if database', '; msvc:if database'])(
    '%s',
    (line) => {
      const end = line.replace('if database', 'end');
      const text = `a\n${line}\nb\n${end}\nc`;
      expect(plain(text)).toBe('a\nc');
      expect(plain(text, { database: true })).toBe('a\nb\nc');
    },
  );

  test.each([
    ['<!-- msvc:unless database -->', '<!-- msvc:end -->'],
    ['/* msvc:unless database */', '/* msvc:end */'],
  ])('%s', (open, end) => {
    expect(plain(`${open}\nb\n${end}\n`)).toBe('b\n');
    expect(plain(`${open}\nb\n${end}\n`, { database: true })).toBe('');
  });

  test('stand in one another; each goes over the calls', () => {
    const text = '# msvc:if calls\n[\n# msvc:each calls\n__CALLEE__=__CALLEE_ENV___URL\n# msvc:end\n]\n# msvc:end\n';
    expect(plain(text)).toBe('[\ncatalog=CATALOG_URL\n2nd.one=_2ND_ONE_URL\n]\n');
    expect(plain(text, { calls: [] })).toBe('');
  });

  test('a line that only speaks of msvc is no condition', () => {
    expect(plain('# run it with msvc:if you like\nx # msvc:end\n')).toBe(
      '# run it with msvc:if you like\nx # msvc:end\n',
    );
  });

  test('line ends stay', () => {
    expect(plain('a\r\n# msvc:if route\r\nb\r\n# msvc:end\r\n')).toBe('a\r\nb\r\n');
  });
});

describe('mistakes', () => {
  test.each([
    ['# msvc:if databse\n# msvc:end', 1, '`msvc:if databse` means nothing', 'did you mean `database`?'],
    ['# msvc:if\n# msvc:end', 1, '`msvc:if` needs a word', 'known here: calls, database, route'],
    ['a\n# msvc:unles calls\n# msvc:end', 2, '`msvc:unles` means nothing', 'did you mean `msvc:unless`?'],
    ['a\n# msvc:if calls', 2, '`msvc:if` has no `msvc:end`', undefined],
    ['a\n\n# msvc:end', 3, '`msvc:end` without an `msvc:if` above', undefined],
    ['a\n__SERVICES__', 2, '`__SERVICES__` is not a placeholder', 'did you mean `__SERVICE__`?'],
    ['__CALLEE__', 1, '`__CALLEE__` outside of `msvc:each calls`', undefined],
  ])('%j', (text, line, message, hint) => {
    expect(render(text, VALUES).problems).toContainEqual({ line, message, ...(hint !== undefined && { hint }) });
  });
});
