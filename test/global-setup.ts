/** End-to-end tests drive the built program: build it first, once, unless it is current. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { REPOSITORY } from './rig/cli.ts';

export default function setup(): void {
  execFileSync(process.execPath, [path.join(REPOSITORY, 'scripts/build.mjs')], { cwd: REPOSITORY, stdio: 'inherit' });
}
