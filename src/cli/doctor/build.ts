/** In a checkout of msvc: whether what runs was built from the sources as they are. In an installed package it is. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Check, ok, problem } from './check.ts';

export const build: Check = {
  name: 'build',
  async run() {
    const dist = distAbove(path.dirname(fileURLToPath(import.meta.url)));
    const sources = dist && path.join(path.dirname(dist), 'src');
    if (!dist || !sources || !existsSync(sources)) return ok('as published');
    const builtAt = statSync(path.join(dist, '.stamp')).mtimeMs;
    const newer = readdirSync(sources, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .find((file) => statSync(file).mtimeMs > builtAt);
    if (newer === undefined) return ok('of the sources as they are');
    return problem(`older than ${path.relative(path.dirname(dist), newer)}`, 'run `npm run build`');
  },
};

function distAbove(folder: string): string | null {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    if (path.basename(at) === 'dist' && existsSync(path.join(at, '.stamp'))) return at;
  }
  return null;
}
