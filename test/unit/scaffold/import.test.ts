/**
 * Every file of test/golden/import is a project of another tool (its first file is imported), a ruler, what is said of each
 * line, and the msvc.yaml. `UPDATE=1` writes what stands under the ruler: read it before keeping it.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadProject } from '../../../src/config/index.ts';
import { importable, importFile } from '../../../src/scaffold/import/index.ts';

const FOLDER = fileURLToPath(new URL('../../golden/import/', import.meta.url));
const RULER = `\n${'-'.repeat(80)}\n`;
const names = readdirSync(FOLDER);

function openCase(text: string): { dir: string; file: string; source: string } {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'msvc-import-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const parts = text.split(/^>>> /m).slice(1);
  for (const part of parts) {
    const at = part.indexOf('\n');
    const file = path.join(dir, part.slice(0, at));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, part.slice(at + 1).replaceAll('\\r\n', '\r\n'));
  }
  const first = parts[0] as string;
  const file = path.join(dir, first.slice(0, first.indexOf('\n')));
  return { dir, file, source: readFileSync(file, 'utf8') };
}

const says = (line: string): boolean => line.trim() !== '' && !/^\s*#/.test(line);

describe('golden files', () => {
  test.each(names)('%s', async (name) => {
    const [shown = '', expected] = readFileSync(FOLDER + name, 'utf8').split(RULER);
    const { dir, file, source } = openCase(`${shown}\n`);
    const before = readdirSync(dir);
    const { text, fates, services } = await importFile(file, dir);
    expect(readdirSync(dir)).toEqual(before);
    const told = fates.map(
      ({ line, kind, text: words, note }) =>
        `${line} ${kind}: ${words.trim()}${note === undefined ? '' : ` (${note})`}`,
    );
    const actual = `${told.join('\n')}\n\n${text}`;
    if (process.env.UPDATE === '1') writeFileSync(FOLDER + name, shown + RULER + actual);
    else expect(actual).toBe(expected);

    // Nothing is lost silently: every line that says something has a fate; of JSON only the patterns do.
    if (!file.endsWith('.json')) {
      const lines = source.split(/\r?\n/).flatMap((line, i) => (says(line) ? [i + 1] : []));
      expect(fates.map(({ line }) => line)).toEqual(lines);
    }
    const words = text.replace(/\s+/g, ' ');
    for (const { kind, text: line } of fates)
      if (kind !== 'translated' && !file.endsWith('.json')) expect(words).toContain(line.trim().replace(/\s+/g, ' '));
    // And what is left runs.
    writeFileSync(path.join(dir, 'msvc.yaml'), text);
    const result = await loadProject({ cwd: dir, files: [path.join(dir, 'msvc.yaml')], envFiles: [], environment: {} });
    if (services.length > 0) expect(result).toMatchObject({ ok: true });
    else expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'no-services' }] });
  });

  test('there are at least 15', () => {
    expect(names.length).toBeGreaterThanOrEqual(15);
  });
});

describe('which files can be imported', () => {
  test('is told by name, and of YAML by its top', async () => {
    const { dir } = openCase(
      '>>> compose.yaml\nservices: {}\n>>> Procfile\nweb: x\n>>> package.json\n{}\n>>> other.yaml\nprocs: {}\n>>> no.yaml\na: 1\n',
    );
    expect(importable(dir).map(({ format }) => format.kind)).toEqual(['compose', 'procfile']);
    expect((await importFile(path.join(dir, 'other.yaml'), dir)).format.kind).toBe('mprocs');
    await expect(importFile(dir, dir)).rejects.toMatchObject({
      code: 'MSVC_IMPORT_UNKNOWN',
      message: expect.stringContaining('is a folder'),
    });
    await expect(importFile(path.join(dir, 'no.yaml'), dir)).rejects.toMatchObject({ code: 'MSVC_IMPORT_UNKNOWN' });
    await expect(importFile(path.join(dir, 'package.json'), dir)).rejects.toMatchObject({
      code: 'MSVC_IMPORT_UNKNOWN',
    });
    await expect(importFile(path.join(dir, 'nothing'), dir)).rejects.toThrow('does not exist');
    writeFileSync(path.join(dir, 'no.yaml'), 'a: [1\n');
    await expect(importFile(path.join(dir, 'no.yaml'), dir)).rejects.toMatchObject({ place: { line: 2 } });
  });
});
