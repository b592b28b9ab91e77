/**
 * Where templates are: those of msvc in its own `templates/`, discovered by folder, and any folder that is named by a
 * path. Reads names only.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MsvcError } from '../../model/error.ts';
import { suggest } from '../../model/suggest.ts';
import { MANIFEST_FILE } from './manifest.ts';

export interface TemplateFolder {
  /** What `--template` takes. */
  readonly name: string;
  readonly dir: string;
}

/** In the order of their names. */
export function builtInTemplates(): TemplateFolder[] {
  const root = path.join(packageRoot(), 'templates');
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(root, entry.name, MANIFEST_FILE)))
    .map((entry) => ({ name: entry.name, dir: path.join(root, entry.name) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * @param wanted a name of msvc's own, or a path: anything with a slash, `.` or `..`
 * @throws MsvcError MSVC_TEMPLATE_NOT_FOUND
 */
export function findTemplate(wanted: string, cwd: string): TemplateFolder {
  if (/[/\\]|^\.\.?$/.test(wanted)) {
    const dir = path.resolve(cwd, wanted);
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
      throw new MsvcError('MSVC_TEMPLATE_NOT_FOUND', `there is no folder ${wanted}`, { facts: { template: wanted } });
    }
    return { name: path.basename(dir), dir };
  }
  const known = builtInTemplates();
  const found = known.find(({ name }) => name === wanted);
  if (found) return found;
  const names = known.map(({ name }) => name);
  const near = suggest(wanted, names);
  throw new MsvcError('MSVC_TEMPLATE_NOT_FOUND', `there is no template "${wanted}"`, {
    facts: { template: wanted, known: names },
    hint:
      near !== undefined
        ? `did you mean "${near}"?`
        : `there are ${names.join(', ')}; a folder of yours begins with ./`,
  });
}

/** msvc's own folder: from the sources and from a bundle it is the first above with `templates/`. */
export function packageRoot(): string {
  for (let dir = path.dirname(fileURLToPath(import.meta.url)); ; dir = path.dirname(dir)) {
    if (existsSync(path.join(dir, 'package.json')) && existsSync(path.join(dir, 'templates'))) return dir;
    if (dir === path.dirname(dir)) throw new Error('the templates of msvc are not where they belong');
  }
}
