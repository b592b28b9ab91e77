/** The README's tour: each block marked `sh tour` is run as it stands, in order, in a scratch copy of the repository. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../rig/cli.ts';
import { copyRepository, standInForNpx } from '../rig/copy-repository.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { runScript } from '../rig/shell-script.ts';

const README = readFileSync(path.join(REPOSITORY, 'README.md'), 'utf8');
const BLOCKS = [...README.matchAll(/^```sh tour\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);

test('every command of the tour does what the README says', async () => {
  await using rig = await createRig({});
  copyRepository(rig);
  standInForNpx(rig);
  expect(BLOCKS.length).toBeGreaterThanOrEqual(7);

  const output: string[] = [];
  let gateway = 'http://localhost:8080';
  for (const block of BLOCKS) {
    output.push(await runScript(rig, block.replaceAll('http://localhost:8080', gateway)));
    gateway = (await rig.engine())?.gateway?.replace(/\/$/, '') ?? gateway;
  }

  for (const file of rig.strays()) if (file.startsWith('hello/')) rig.expectFile(file);
  expect(output.at(-1)).toMatch(/3 checks: 3 passed/);
  const [up, order, killed, , logs] = output as [string, string, string, string, string];
  for (const service of ['storefront', 'catalog', 'orders', 'payments']) expect(up).toContain(service);
  expect(order).toMatch(/"customer":\s*"Ada"/);
  expect(order).toMatch(/Ada.*paid|paid.*Ada/s);
  expect(killed).toContain('SIGKILL');
  expect(logs).toContain('CATALOG_URL');
  expect(rig.processes()).toEqual([]);
});
