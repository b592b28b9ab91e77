/**
 * Whether git is at work in a file's working tree: it holds `index.lock` from the first file of a checkout, merge or
 * rebase step to the last. Reads a few names; runs no git.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { statsOf } from './stats-of.ts';

/** Older ones were left by a git that was killed. */
const STALE_MS = 10_000;

export function isGitAtWork(file: string): boolean {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const dotGit = path.join(folder, '.git');
    const stats = statsOf(dotGit, { follow: true });
    if (stats) return isHeld(stats.isDirectory() ? dotGit : linkedTo(dotGit, folder));
    if (folder === path.dirname(folder)) return false;
  }
}

function isHeld(gitFolder: string): boolean {
  const lock = statsOf(path.join(gitFolder, 'index.lock'), { follow: true });
  return lock !== undefined && Math.abs(Date.now() - lock.mtimeMs) < STALE_MS;
}

/** A linked worktree's `.git` is a file that names the folder. */
function linkedTo(dotGit: string, folder: string): string {
  try {
    const [, named = ''] = /^gitdir: (.+)$/m.exec(readFileSync(dotGit, 'utf8')) ?? [];
    return path.resolve(folder, named);
  } catch {
    return folder;
  }
}
