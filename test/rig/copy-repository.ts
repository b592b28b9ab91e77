/** A rig's project made of this repository's own files, as a newcomer has them after `git clone` and `npm ci`. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from './cli.ts';
import type { Rig } from './msvc-rig.ts';

/** What git knows of the working tree, without what is built; the packages are those of the repository. */
export function copyRepository(rig: Rig): void {
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

/** `npx msvc` means the rig's build: npm's own part of it is not what is tested. */
export function standInForNpx(rig: Rig): void {
  const npx = path.join(rig.root, 'bin/npx');
  writeFileSync(npx, '#!/bin/sh\nexec "$@"\n');
  chmodSync(npx, 0o755);
}
