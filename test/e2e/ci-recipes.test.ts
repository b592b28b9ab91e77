/** docs/ci.md: the commands of each recipe are run as they stand, on the demo, as that CI would run them. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from '../rig/cli.ts';
import { copyRepository, standInForNpx } from '../rig/copy-repository.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { runScript } from '../rig/shell-script.ts';

const PAGE = readFileSync(path.join(REPOSITORY, 'docs/ci.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```(yaml|sh) recipe\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({ kind, text }));

interface Github {
  readonly jobs: Record<string, { readonly steps: readonly { readonly run?: string }[] }>;
}
type Gitlab = Record<string, { readonly script: readonly string[] }>;

/** What is run; `npm ci` has been done. */
function commands(text: string): string[] {
  const recipe = parse(text) as Github | Gitlab;
  const lines =
    'jobs' in recipe
      ? Object.values((recipe as Github).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
      : Object.values(recipe as Gitlab).flatMap(({ script }) => script);
  return lines.filter((line) => !line.startsWith('npm ci'));
}

test('each recipe does what it says, and leaves nothing running', async () => {
  const [github, gitlab, shell] = BLOCKS;
  await using rig = await createRig({}, { CI: 'true' });
  copyRepository(rig);
  standInForNpx(rig);
  for (const file of ['smoke.xml', 'environment.txt', 'products.json']) rig.expectFile(`reports/${file}`);

  const smoke = commands(github?.text ?? '').join('\n');
  expect(smoke).toContain('msvc smoke');
  expect(commands(gitlab?.text ?? '').join('\n')).toBe(smoke);
  const output = await runScript(rig, smoke, { GITHUB_ACTIONS: 'true' });
  expect(output).toMatch(/(\d+) checks: \1 passed in /);
  expect(rig.read('reports/smoke.xml')).toContain('failures="0" errors="0"');

  mkdirSync(rig.path('reports'), { recursive: true });
  await runScript(rig, shell?.text ?? 'false');
  expect(rig.read('reports/environment.txt')).toContain('DATABASE_PATH=');
  expect(rig.read('reports/products.json')).toContain('teapot');
  expect(rig.processes()).toEqual([]);
});
