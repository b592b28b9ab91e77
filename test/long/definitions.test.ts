/**
 * Definitions nobody would write: real ones with pieces cut, doubled, swapped and misspelt. Each is either read or
 * answered with diagnostics that have a place; none is a bug, none hangs.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadProject } from '../../src/config/index.ts';
import { REPOSITORY } from '../rig/cli.ts';
import { Random, rounds } from './random.ts';

const SEEDS = [
  readFileSync(path.join(REPOSITORY, 'msvc.yaml'), 'utf8'),
  ...readdirSync(path.join(REPOSITORY, 'test/golden/config'))
    .filter((file) => file.endsWith('.txt'))
    .map((file) => readFileSync(path.join(REPOSITORY, 'test/golden/config', file), 'utf8')),
];
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '&a ',
  '*a',
  '<<: *a',
  '${',
  '${PORT:-',
  '$$',
  '"',
  "'",
  '|\n',
  '\t',
  '\0',
  '!!binary ',
  '~',
  '1e999',
  '0x',
  '#',
  '\u2028',
  '😀',
  'on-failure:99999999999',
  '-1',
  '99999999999999999999',
  '../..',
  '/',
];

function mutate(text: string, random: Random): string {
  const lines = text.split('\n');
  for (let n = 1 + random.below(4); n > 0; n--) {
    const at = random.below(lines.length);
    const line = lines[at] as string;
    const column = random.below(line.length + 1);
    switch (random.below(7)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(at, 0, line);
        break;
      case 2:
        lines[at] = line.slice(0, column) + random.of(PIECES) + line.slice(column);
        break;
      case 3:
        lines[at] = line.slice(0, column) + line.slice(column + 1 + random.below(5));
        break;
      case 4:
        lines[at] = `${' '.repeat(random.below(6))}${line.trimStart()}`;
        break;
      case 5:
        lines[at] = lines[random.below(lines.length)] as string;
        break;
      default:
        lines[at] = line.replace(/:.*/, `: ${random.of(PIECES)}`);
    }
    if (lines.length === 0) lines.push('');
  }
  return lines.join('\n');
}

test('is read, or answered with diagnostics at a place', async () => {
  const random = new Random();
  const dir = mkdtempSync(path.join(tmpdir(), 'definitions-'));
  try {
    mkdirSync(path.join(dir, 'examples'));
    let wrong = 0;
    for (let round = 0; round < rounds(60) * 100; round++) {
      const text = mutate(random.of(SEEDS), random);
      writeFileSync(path.join(dir, 'msvc.yaml'), text);
      const result = await loadProject({ cwd: dir, files: [], envFiles: [], environment: { HOME: dir } }).catch(
        (error: unknown) => {
          throw new Error(`round ${round}: ${error instanceof Error ? error.stack : error}\n${text}`);
        },
      );
      if (result.ok) continue;
      wrong++;
      expect(result.diagnostics.length, text).toBeGreaterThan(0);
      for (const one of result.diagnostics) {
        expect(one.message, text).not.toMatch(/undefined|\[object|NaN/);
        expect(one.place?.line ?? 1, `${one.message}\n${text}`).toBeGreaterThan(0);
      }
    }
    expect(wrong).toBeGreaterThan(0);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
