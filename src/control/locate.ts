/**
 * Where a project's engine is: the record each engine keeps in the user's runtime folder, and the way from a folder
 * to its project. Reads small JSON files only: `msvc ps` must not pay for a YAML parser.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { findProjectFile } from '../config/find.ts';
import { isStandardInput } from '../config/standard-input.ts';
import { stateDirOf } from '../config/state-dir.ts';
import { MsvcError } from '../model/error.ts';
import { isProcess } from '../runtime/process-table.ts';
import { runtimeDir } from '../runtime/runtime-dir.ts';
import type { Start } from './engine-start.ts';

/** Of one running engine. A project is its name and the real path of its folder. */
export interface EngineRecord extends Start {
  readonly pid: number;
  /** As the process table tells it; with `pid` it is one process for ever. */
  readonly startTime: string;
  readonly socket: string;
  readonly version: string;
  readonly run: string;
  /** Wall-clock ms. */
  readonly startedAt: number;
  readonly gateway: string | null;
}

/** What a command line says about which project is meant. */
export interface Where {
  readonly cwd: string;
  readonly files: readonly string[];
  readonly projectName?: string | undefined;
}

/** Ten hex digits of name and folder: short, since socket paths over ~100 bytes are cut off silently. */
function projectKey(name: string, dir: string): string {
  return createHash('sha256').update(`${name}\0${dir}`).digest('hex').slice(0, 10);
}

export function socketPath(name: string, dir: string): string {
  return path.join(runtimeDir(), `${projectKey(name, dir)}.sock`);
}

export function recordPath(name: string, dir: string): string {
  return path.join(runtimeDir(), `${projectKey(name, dir)}.json`);
}

/** Where the engine writes the token of the registry's HTTP port. */
export function tokenPath(name: string, dir: string): string {
  return path.join(runtimeDir(), `${projectKey(name, dir)}.token`);
}

/** Every engine of this user that lives. Records of dead ones are skipped, not removed: their owner's successor sweeps. */
export function listEngines(): EngineRecord[] {
  const folder = runtimeDir();
  const records: EngineRecord[] = [];
  for (const name of readdirSync(folder)) {
    if (!/^[0-9a-f]{10}\.json$/.test(name)) continue;
    const record = readRecord(path.join(folder, name));
    if (record && isProcess(record.pid, record.startTime)) records.push(record);
  }
  return records.sort((a, b) => a.startedAt - b.startedAt);
}

export function readRecord(file: string): EngineRecord | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as EngineRecord;
  } catch {
    return null;
  }
}

/** The folder a project lives in, and its file where there is one. @throws MsvcError MSVC_SPEC_NOT_FOUND */
export function projectFolder(where: Where): { dir: string; file: string } | null {
  const first = where.files[0];
  if (first !== undefined) {
    const file = path.resolve(where.cwd, first);
    try {
      return { dir: realpathSync(path.dirname(file)), file };
    } catch {
      throw new MsvcError('MSVC_SPEC_NOT_FOUND', `${first} does not exist`, { facts: { file: first } });
    }
  }
  const found = findProjectFile(where.cwd);
  return found ? { dir: realpathSync(path.dirname(found.file)), file: found.file } : null;
}

/**
 * The running engine a command means: the one of this folder (and name, with `-p`); with `-p` alone, anywhere on the
 * machine, the one of that name. A definition that was taken away (another branch, a folder that was moved) does not
 * make what runs unreachable.
 * @throws MsvcError MSVC_SPEC_NOT_FOUND when there is neither a file nor a name
 */
export function findEngine(where: Where): EngineRecord | null {
  const folder = projectFolder(where);
  const { projectName } = where;
  if (!folder && projectName === undefined) {
    const unfiled = engineAround(realpathSync(where.cwd));
    if (unfiled) return unfiled;
    throw new MsvcError('MSVC_SPEC_NOT_FOUND', 'no msvc.yaml here or in a folder above', { facts: { cwd: where.cwd } });
  }
  const engines = listEngines();
  const inFolder = folder ? engines.filter((e) => e.dir === folder.dir) : [];
  if (projectName !== undefined) {
    const named = engines.filter((e) => e.name === projectName);
    return named.find((e) => e.dir === folder?.dir) ?? named.find((e) => folder === null || !existsSync(e.dir)) ?? null;
  }
  return inFolder.find(isPlain) ?? null;
}

/** Not under a name of the command line. */
function isPlain({ dir, stateDir }: EngineRecord): boolean {
  return stateDir === path.join(dir, '.msvc');
}

/** Of this folder, or of the nearest one above it. */
function engineAround(cwd: string): EngineRecord | undefined {
  const engines = listEngines();
  for (let dir = cwd; ; dir = path.dirname(dir)) {
    const here = engines.filter((e) => e.dir === dir && (isPlain(e) || isStandardInput(e.file)));
    if (here.length > 0) return here[0];
    if (path.dirname(dir) === dir) return undefined;
  }
}

/** Where logs and databases are, running or not. @throws MsvcError MSVC_SPEC_NOT_FOUND */
export function stateDirFor(where: Where): string {
  const engine = findEngine(where);
  if (engine) return engine.stateDir;
  const folder = projectFolder(where);
  if (!folder) {
    throw new MsvcError('MSVC_NOT_RUNNING', `no project ${where.projectName ?? ''} is running`, {
      facts: { project: where.projectName ?? '' },
    });
  }
  const named = where.projectName === undefined ? null : stateDirOf(folder.dir, '', where.projectName);
  return named !== null && exists(named) ? named : path.join(folder.dir, '.msvc');
}

function exists(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
