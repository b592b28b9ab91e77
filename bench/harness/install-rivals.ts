/** Brings the rivals into `bench/rivals/node_modules` from their lock file, once. They run no install scripts. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Workspace } from './workspace.ts';

/** @returns why they are not there; the benchmarks then say so and go on without. */
export function installRivals(work: Workspace): string | undefined {
  const dir = path.join(work.root, 'bench/rivals');
  const lock = readFileSync(path.join(dir, 'package-lock.json'), 'utf8');
  const stamp = path.join(dir, 'node_modules/.installed-from');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return undefined;
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    return `the rivals could not be installed: ${(error as { stderr?: Buffer }).stderr?.toString().trim() ?? error}`;
  }
  writeFileSync(stamp, lock);
  return undefined;
}
