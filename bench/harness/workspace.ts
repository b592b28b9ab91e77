/**
 * The temporary folder of one run of the benchmarks, with the compiled fixtures in it and the places of everything
 * else. Owns that folder; removes it at the end. Never writes into the checkout.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PROGRAMS = ['answer', 'say', 'drip', 'meter', 'origin', 'load', 'probe'] as const;

export interface Workspace {
  /** The checkout. */
  readonly root: string;
  readonly dir: string;
  /** Compiled from `bench/fixtures/<name>.c`. */
  readonly programs: Readonly<Record<(typeof PROGRAMS)[number], string>>;
  /** `bin/msvc.js` */
  readonly msvc: string;
  fixture(name: string): string;
  rival(relative: string): string;
  /** A new folder below `dir`. */
  folder(name: string): string;
  remove(): void;
}

/** @throws when there is no C compiler that links statically: nothing can be measured then. */
export function openWorkspace(): Workspace {
  const root = findRoot(process.cwd());
  const dir = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'msvc-bench-'));
  const programs = {} as Record<(typeof PROGRAMS)[number], string>;
  for (const name of PROGRAMS) {
    programs[name] = path.join(dir, name);
    const source = path.join(root, 'bench/fixtures', `${name}.c`);
    execFileSync('cc', ['-O2', '-static', '-o', programs[name], source], { stdio: ['ignore', 'inherit', 'inherit'] });
  }
  return {
    root,
    dir,
    programs,
    msvc: path.join(root, 'bin/msvc.js'),
    fixture: (name) => path.join(root, 'bench/fixtures', name),
    rival: (relative) => path.join(root, 'bench/rivals/node_modules', relative),
    folder: (name) => {
      const folder = path.join(dir, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** The bundle of these files may lie anywhere, the person stands somewhere in the checkout. */
function findRoot(from: string): string {
  const manifest = path.join(from, 'package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'msvc') return from;
  const above = path.dirname(from);
  if (above === from) throw new Error('start the benchmarks inside the checkout');
  return findRoot(above);
}
