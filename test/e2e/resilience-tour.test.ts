/** The tour of docs/resilience.md: its blocks run as they stand, on the demo, and show what the page says. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FLAGS } from '../../src/model/flags.ts';
import { REPOSITORY } from '../rig/cli.ts';
import { copyRepository, standInForNpx } from '../rig/copy-repository.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { runScript } from '../rig/shell-script.ts';

const PAGE = readFileSync(path.join(REPOSITORY, 'docs/resilience.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```sh tour\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);

test('latency is injected, a circuit is seen to open, and to close', async () => {
  await using rig = await createRig({});
  copyRepository(rig);
  standInForNpx(rig);
  // Told at once, before the first line that needs it: another gateway may have 8080.
  expect((await rig.msvc(['up', '-d', '--wait'])).code).toBe(0);
  const gateway = ((await rig.engine())?.gateway ?? '').replace(/\/$/, '');
  const output: string[] = [];
  for (const block of BLOCKS) output.push(await runScript(rig, block.replaceAll('http://localhost:8080', gateway)));
  const [slow, failing, well] = output as [string, string, string];

  expect(slow).toMatch(/^200 after (0\.(2[5-9]|[3-9])|[1-9])/m);
  expect(slow).toMatch(/client->catalog .* f1 /);
  expect(failing).toMatch(/^(500 ){19,20}503/m);
  expect(failing).toMatch(/HTTP\/1\.1 503 .*Retry-After: [1-5]\r?\n/s);
  expect(failing).toContain('"code": "circuit-open"');
  expect(failing).toContain('The circuit client->catalog is open.');
  expect(failing).toContain('fault f2 on client->catalog: 100 % answered 500');
  expect(well).toMatch(/^200$/m);
  expect(well).toMatch(/circuit opens for 5 s: \d+ of \d+ requests failed/);
  expect(well).toContain('circuit closes: the trial request went well');
  expect(rig.processes()).toEqual([]);
});

test('the page tells every flag', () => {
  for (const [flag, meaning] of Object.entries(FLAGS)) expect(PAGE).toContain(`| \`${flag}\` | ${meaning} |`);
});
