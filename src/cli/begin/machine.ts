/** What a template needs of this machine. */
import { spawnSync } from 'node:child_process';
import { findProgram } from '../../runtime/drivers/program.ts';
import type { Manifest } from '../../scaffold/template/manifest.ts';
import { definedOf } from '../project.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** @param database whether the service has one */
export function missingPrograms(manifest: Manifest, database: boolean, env: Env): Manifest['requires'] {
  const environment = definedOf(env);
  const needed = manifest.requires.filter((one) => database || one.for !== 'database');
  return needed.filter(({ program }) => findProgram(program, environment, '/').kind !== 'found');
}

const OPENS_SQLITE = "try { require('node:sqlite') } catch { require('better-sqlite3') }";

/** Whether a service of the template, below `dir`, could open its database here. Asks the `node` of the PATH. */
export function canOpenDatabase(manifest: Manifest, dir: string, env: Env): boolean {
  if (manifest.sqlite !== 'node') return true;
  const asked = spawnSync('node', ['-e', OPENS_SQLITE], { cwd: dir, env: definedOf(env), stdio: 'ignore' });
  return asked.status === 0;
}
