/**
 * Compiles `posix.c`: launches that do not copy the engine (see there). Linux only: elsewhere Node itself uses
 * posix_spawn. Where there is no C compiler msvc works all the same, each launch by a millisecond slower, so a failure
 * is said in one line and is none of the installation's. Nothing is fetched: the headers are a package.
 *
 * Run when the package is installed and by each build, and so by each `npx msvc` in a checkout; does nothing when what is
 * there is of this very source. A build does not try again what has failed, nor tell it again; an installation does.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, 'posix.c');
/** `src/runtime/children/posix.ts` looks for it under this name. */
const folder = path.join(here, 'build', `${process.platform}-${process.arch}`);
const FLAGS = ['-std=c11', '-O2', '-fPIC', '-shared', '-Wall', '-Wextra'];

/** @param {{ again?: boolean }} [how] `again`: also what has failed before */
export function compileNative({ again = false } = {}) {
  if (process.platform !== 'linux') return;
  const stamp = createHash('sha256').update(readFileSync(source)).update(FLAGS.join()).digest('hex');
  const stampFile = path.join(folder, 'stamp');
  const target = path.join(folder, 'posix.node');
  const isCurrent = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (isCurrent && (existsSync(target) || !again)) return;
  const fresh = `${target}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers');
    run(process.env.CC || 'cc', [...FLAGS, '-I', headers, '-o', fresh, source]);
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    rmSync(target, { force: true });
    console.error(`msvc: its faster launches were not compiled (${error.message}); Node's own are used`);
  }
  writeStamp(stampFile, stamp);
}

function writeStamp(file, stamp) {
  try {
    writeFileSync(file, stamp);
  } catch {
    // A folder that is not ours: tried again the next time.
  }
}

function run(compiler, args) {
  const { error, status, stderr } = spawnSync(compiler, args, { encoding: 'utf8', shell: false });
  if (error) throw error;
  if (status !== 0) throw new Error(`${compiler} ended with ${status}: ${stderr.trim().split('\n').at(-1)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileNative({ again: true });
