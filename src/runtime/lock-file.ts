/**
 * A lock that one process holds: a file that names its holder by pid and start time. A stale one is taken over exactly
 * once, since only one process can create the takeover mark of that very holder.
 */
import { linkSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isProcess, startTimeOf } from './process-table.ts';

export interface Lock {
  /** It was left behind by a process that is gone. */
  readonly stale: boolean;
  release(): void;
}

let self: string | undefined;

/** @returns null when a living process holds it, this one included */
export function takeLock(file: string): Lock | null {
  self ??= `${process.pid} ${startTimeOf(process.pid) ?? ''}`;
  const own = self;
  let stale = false;
  for (;;) {
    if (createExclusive(file, own)) return { stale, release: () => removeIfOwn(file, own) };
    const holder = read(file);
    if (holder === null) continue;
    if (isHeld(holder)) return null;
    stale = true;
    const mark = `${file}.${holder.replace(/\W/g, '-')}`;
    if (!createExclusive(mark, own)) {
      const other = read(mark);
      if (other !== null && isHeld(other)) continue;
    }
    if (read(file) === holder) remove(file);
    remove(mark);
  }
}

/** Removes drafts, `*.lock.<pid>` and `*.<pid>.new`, whose writers were killed before they could rename them. */
export function removeDeadDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, ofLock, ofFile] = /\.(?:lock\.(\d+)|(\d+)\.new)$/.exec(name) ?? [];
    const pid = Number(ofLock ?? ofFile ?? process.pid);
    if (startTimeOf(pid) === null) remove(path.join(folder, name));
  }
}

function isHeld(holder: string): boolean {
  const [pid, ...start] = holder.split(' ');
  return isProcess(Number(pid), start.join(' '));
}

/** Appears with its content or not at all: an empty one would look like that of a dead holder. */
function createExclusive(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    remove(draft);
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Somebody else was quicker: what matters is that it is gone.
  }
}

function removeIfOwn(file: string, own: string): void {
  if (read(file) === own) remove(file);
}
