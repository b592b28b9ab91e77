import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProjectFile, projectFiles } from '../../../src/config/find.ts';
import { stateDirOf } from '../../../src/config/state-dir.ts';
import { openCase } from './case.ts';

describe('the file of a project', () => {
  test('is found upward, the nearest first, with its override', () => {
    using open = openCase('>>> msvc.yaml\n>>> msvc.override.yaml\n>>> inner/msvc.yml\n>>> inner/deep/er/x\n');
    const { dir } = open;
    expect(findProjectFile(join(dir, 'inner/deep/er'))).toEqual({ file: join(dir, 'inner/msvc.yml') });
    expect(findProjectFile(dir)).toEqual({ file: join(dir, 'msvc.yaml'), override: join(dir, 'msvc.override.yaml') });
    writeFileSync(join(dir, 'inner/msvc.yaml'), '');
    expect(findProjectFile(join(dir, 'inner'))?.file).toBe(join(dir, 'inner/msvc.yaml'));
  });

  test('is what -f says, else MSVC_FILE; no override is looked for then', () => {
    using open = openCase('>>> msvc.yaml\n>>> msvc.override.yaml\n');
    const cwd = open.dir;
    const files = (named: string[], environment: Record<string, string> = {}) =>
      projectFiles({ cwd, files: named, environment });
    expect(files(['a.yaml', '/b.yaml'], { MSVC_FILE: 'c.yaml' })).toEqual([join(cwd, 'a.yaml'), '/b.yaml']);
    expect(files([], { MSVC_FILE: 'c.yaml:d/e.yaml' })).toEqual([join(cwd, 'c.yaml'), join(cwd, 'd/e.yaml')]);
    expect(files([], { MSVC_FILE: '' })).toHaveLength(2);
  });

  test('may be missing', () => {
    using open = openCase('');
    mkdirSync(join(open.dir, 'a'));
    expect(findProjectFile(join(open.dir, 'a'))).toBeUndefined();
  });
});

test('the state is apart when the project runs under another name', () => {
  expect(stateDirOf('/p', 'shop', 'shop')).toBe('/p/.msvc');
  expect(stateDirOf('/p', 'shop', 'other')).toBe('/p/.msvc/projects/other');
});
