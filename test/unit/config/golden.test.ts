/**
 * Every file of test/golden/config is a case: a definition, a ruler, what the loader says. A new case is a new file;
 * `UPDATE=1 npx vitest run test/unit/config/golden.test.ts` writes what stands under the ruler: read it before keeping it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { resolved } from '../../../src/config/index.ts';
import { openCase } from './case.ts';
import { comparable, reload } from './reload.ts';

const FOLDER = fileURLToPath(new URL('../../golden/config/', import.meta.url));
const RULER = `\n${'-'.repeat(80)}\n`;
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

describe('golden definitions', () => {
  test.each(names)('%s', async (name) => {
    const text = readFileSync(FOLDER + name, 'utf8');
    const [input = '', expected = ''] = text.split(RULER);
    using open = openCase(`${input}\n`);
    const result = await open.load();
    const lines = result.ok
      ? [...open.render(result.warnings), open.shorten(stringify(resolved(result.project), { lineWidth: 0 })).trimEnd()]
      : open.render(result.diagnostics);
    const actual = `${lines.join('\n')}\n`;
    if (process.env.UPDATE === '1') writeFileSync(FOLDER + name, input + RULER + actual);
    else expect(actual).toBe(expected);
    expect(result.ok).toBe(!name.startsWith('bad-'));
    if (result.ok && !JSON.stringify(resolved(result.project)).includes('***')) {
      expect(comparable(await reload(result.project, open))).toEqual(comparable(result.project));
    }
  });

  test('there are at least 45 wrong ones, and each has an error', () => {
    const wrong = names.filter((name) => name.startsWith('bad-'));
    expect(wrong.length).toBeGreaterThanOrEqual(45);
    for (const name of wrong) expect(readFileSync(FOLDER + name, 'utf8').split(RULER)[1]).toMatch(/ error /);
  });
});
