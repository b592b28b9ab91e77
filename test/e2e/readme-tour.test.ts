/** The README's tour: each block marked `sh tour` is run as it stands, in order, in a scratch copy of the repository. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../rig/cli.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { within } from '../rig/wait.ts';

const README = readFileSync(path.join(REPOSITORY, 'README.md'), 'utf8');
const BLOCKS = [...README.matchAll(/^```sh tour\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);

/** What git knows of the working tree, without what is built: the copy a newcomer has after `git clone`. */
function copyRepository(rig: Rig): void {
  // As after `npm ci`.
  symlinkSync(path.join(REPOSITORY, 'node_modules'), rig.path('node_modules'));
  rig.expectFile('node_modules');
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: REPOSITORY, encoding: 'utf8' }).split('\0');
  for (const file of files) {
    if (file === '' || !statSync(path.join(REPOSITORY, file), { throwIfNoEntry: false })?.isFile()) continue;
    mkdirSync(path.dirname(rig.path(file)), { recursive: true });
    cpSync(path.join(REPOSITORY, file), rig.path(file));
    rig.expectFile(file);
  }
}

/** `npx msvc` means the rig's build: npm's own part of it is not what is tested here. */
function standInForNpx(rig: Rig): void {
  const npx = path.join(rig.root, 'bin/npx');
  writeFileSync(npx, '#!/bin/sh\nexec "$@"\n');
  chmodSync(npx, 0o755);
}

async function run(rig: Rig, script: string): Promise<string> {
  const child = spawn('bash', ['-e', '-u', '-o', 'pipefail', '-c', script], {
    cwd: rig.dir,
    env: rig.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const [code] = await within(once(child, 'close') as Promise<[number]>, () => `${script}\n${output}`, 90_000);
  rig.transcript.push(`$ ${script}${output}`);
  expect(code, `${script}\n${output}`).toBe(0);
  return output;
}

test('every command of the tour does what the README says', async () => {
  await using rig = await createRig({});
  copyRepository(rig);
  standInForNpx(rig);
  expect(BLOCKS.length).toBeGreaterThanOrEqual(7);

  const output: string[] = [];
  let gateway = 'http://localhost:8080';
  for (const block of BLOCKS) {
    output.push(await run(rig, block.replaceAll('http://localhost:8080', gateway)));
    gateway = (await rig.engine())?.gateway?.replace(/\/$/, '') ?? gateway;
  }

  const [up, order, killed, , logs] = output as [string, string, string, string, string];
  for (const service of ['storefront', 'catalog', 'orders', 'payments']) expect(up).toContain(service);
  expect(order).toMatch(/"customer":\s*"Ada"/);
  expect(order).toMatch(/Ada.*paid|paid.*Ada/s);
  expect(killed).toContain('SIGKILL');
  expect(logs).toContain('CATALOG_URL');
  expect(rig.processes()).toEqual([]);
});
