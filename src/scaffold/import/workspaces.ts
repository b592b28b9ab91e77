/**
 * The workspaces of a package.json: each package that has a `dev` or `start` script becomes a service. Reads their package.json
 * files; resolves patterns as npm does (globs of folders).
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';
import { Draft, MARK } from './draft.ts';
import { keyLines, nameFrom } from './entries.ts';

interface Package {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[] | { readonly packages?: readonly string[] };
}

const MAX_DEPTH = 4;

export function importWorkspaces(source: string, dir: string): Draft {
  const draft = Draft.from(source);
  const patterns = patternsOf(JSON.parse(source) as Package);
  const lines = source.split('\n');
  const folders = foldersBelow(dir, MAX_DEPTH);
  const taken = new Set<string>();
  draft.append(['services:'], [], 'translated');
  const found = patterns.map((pattern) => {
    const fits = picomatch(pattern.replace(/^\.\//, '').replace(/\/$/, ''));
    return { pattern, packages: folders.filter((folder) => fits(folder)) };
  });
  for (const { pattern, packages } of found) {
    if (packages.length === 0) draft.append([`  ${MARK} no package is at ${pattern}`], [], 'needs-you');
    for (const folder of packages) addPackage(draft, dir, folder, taken);
  }
  for (const [i, line] of lines.entries()) {
    const here = found.filter(({ pattern }) => line.includes(JSON.stringify(pattern)));
    const note = here
      .map(({ pattern, packages }) => `${pattern}: ${packages.join(', ') || 'nothing is there'}`)
      .join('; ');
    if (here.length === 0) continue;
    draft.append([], [i + 1], here.some(({ packages }) => packages.length === 0) ? 'needs-you' : 'translated', note);
  }
  return draft;
}

export function patternsOf({ workspaces }: Package): readonly string[] {
  const list = Array.isArray(workspaces)
    ? workspaces
    : ((workspaces as { packages?: readonly string[] })?.packages ?? []);
  return list.filter((pattern: string) => !pattern.startsWith('!'));
}

function addPackage(draft: Draft, dir: string, folder: string, taken: Set<string>): void {
  const { name = path.basename(folder), scripts = {} } = JSON.parse(
    readFileSync(path.join(dir, folder, 'package.json'), 'utf8'),
  ) as Package;
  const script = ['dev', 'start'].find((candidate) => scripts[candidate] !== undefined);
  if (script === undefined) {
    draft.append(
      [`  ${MARK} ${folder} has neither a \`dev\` nor a \`start\` script; if it is a library, that is right`],
      [],
      'needs-you',
    );
    return;
  }
  const service = nameFrom(name.replace(/^@[^/]+\//, ''), taken);
  taken.add(service);
  const written = scripts[script] as string;
  draft.append(
    [
      `  ${service}:`,
      `    command: npm run ${script} # ${written.replace(/\s+/g, ' ')}`,
      ...keyLines('working_dir', folder),
      '    port: auto # given to it as PORT; `none` for a worker',
    ],
    [],
    'translated',
  );
}

function foldersBelow(dir: string, depth: number, prefix = ''): string[] {
  if (depth === 0) return [];
  return readdirSync(path.join(dir, prefix), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .flatMap((entry) => {
      const folder = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      const own = hasManifest(path.join(dir, folder)) ? [folder] : [];
      return [...own, ...foldersBelow(dir, depth - 1, folder)];
    })
    .sort();
}

function hasManifest(folder: string): boolean {
  return readdirSync(folder).includes('package.json');
}
