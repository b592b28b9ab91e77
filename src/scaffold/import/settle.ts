/**
 * Has msvc read a draft, comments out what it does not take, with the reason and what to do instead, and reads again, until
 * the rest is right. So an import keeps exactly what this version of msvc can run, and nothing is lost: what it cannot is
 * still there, as a comment in its place.
 */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadProject } from '../../config/index.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { type Draft, entryAt } from './draft.ts';

/** Everything has been commented out: there is nothing more to find. */
const NOTHING_LEFT: ReadonlySet<string> = new Set(['no-services', 'empty-file']);
/** One entry goes with each round, at least. */
const MAX_ROUNDS = 500;

/** @param dir where the definition will be: its paths are relative to it */
export async function settle(draft: Draft, dir: string): Promise<void> {
  const file = path.join(dir, `.msvc-import.${process.pid}.yaml`);
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      writeFileSync(file, draft.text);
      const result = await loadProject({ cwd: dir, files: [file], envFiles: [], environment: environmentHere() });
      if (result.ok) return;
      const wrong = result.diagnostics.filter(({ severity, code }) => severity === 'error' && !NOTHING_LEFT.has(code));
      const found = wrong.find(({ place }) => place?.file === file);
      if (!found?.place) return;
      const span = entryAt(draft.text, found.place.line - 1) ?? {
        from: found.place.line - 1,
        to: found.place.line - 1,
      };
      draft.commentOut(span, reasonOf(found));
    }
  } finally {
    rmSync(file, { force: true });
  }
}

function reasonOf({ message, hint }: Diagnostic): string {
  return `${message}${hint === undefined ? '' : `: ${hint}`}`.replace(/\s+/g, ' ');
}

function environmentHere(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
