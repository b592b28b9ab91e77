/** The examples of docs/routing.md are definitions that load, without a warning but for files that only a reader has. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../../rig/cli.ts';
import { openCase } from './case.ts';

const page = readFileSync(path.join(REPOSITORY, 'docs/routing.md'), 'utf8');
const examples = [...page.matchAll(/^#+ ([^\n]+)\n(?:(?!^#)[\s\S])*?```yaml\n([\s\S]*?)```/gm)].map(
  ([, title, yaml]) => [title, yaml] as const,
);

test('every section with an example is found', () => {
  expect(examples.length).toBe(page.split('```yaml').length - 1);
});

test.each(examples)('%s', async (_title, yaml) => {
  using open = openCase(`>>> msvc.yaml\n${yaml}>>> shell\nACME_KEY=key\n`);
  const result = await open.load();
  expect(open.render(result.ok ? result.warnings : result.diagnostics)).toEqual([]);
});
