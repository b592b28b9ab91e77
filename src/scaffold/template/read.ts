/**
 * A template's folder -> its manifest, its entry of msvc.yaml and its files, all as text. Follows no symbolic links out of
 * the folder, and reads nothing else.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';
import { nodeAt, placeAt, placeOf, sourceFile } from '../../config/tree/node.ts';
import { parseTree } from '../../config/tree/parse.ts';
import { toPlain } from '../../config/tree/plain.ts';
import { suggest } from '../../model/suggest.ts';
import type { TemplateFolder } from './find.ts';
import { MANIFEST_FILE, type Manifest, manifestSchema } from './manifest.ts';
import { Problems, refuseIfWrong } from './problems.ts';

export const ENTRY_FILE = 'service.yaml';
export const FILES_FOLDER = 'files';

export interface TemplateFile {
  /** Below `files/`, with `/`, as it is named in the template. */
  readonly name: string;
  readonly path: string;
  readonly content: Buffer;
  readonly executable: boolean;
  /** Copied as it is. */
  readonly verbatim: boolean;
}

export interface Template extends TemplateFolder {
  readonly manifest: Manifest;
  /** Source of the entry's keys, before it is rendered. */
  readonly entry: string;
  readonly files: readonly TemplateFile[];
}

const MAX_FILES = 2_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** What lies about in a folder that somebody has worked in, and is no part of a template. */
const LEFT_OUT = new Set(['node_modules', '.git', '__pycache__', '.venv', '.DS_Store', '.pytest_cache', '.msvc']);

/** @throws TemplateError with everything that is wrong with the folder's shape */
export function readTemplate(folder: TemplateFolder): Template {
  const problems = new Problems();
  const manifest = readManifest(folder, problems);
  const entry = readOwn(folder, ENTRY_FILE, 'the entry that goes into msvc.yaml', problems);
  const files = readFiles(folder, manifest?.verbatim ?? [], problems);
  refuseIfWrong(folder.name, problems);
  return { ...folder, manifest: manifest as Manifest, entry: entry as string, files };
}

/** Only what `msvc new --list` shows. @returns undefined when it cannot be read */
export function readSummary(folder: TemplateFolder): Manifest | undefined {
  return readManifest(folder, new Problems());
}

function readManifest(folder: TemplateFolder, problems: Problems): Manifest | undefined {
  const text = readOwn(folder, MANIFEST_FILE, 'the manifest of the template', problems);
  if (text === undefined) return undefined;
  const file = sourceFile(path.join(folder.dir, MANIFEST_FILE), 'file', folder.dir, text);
  const tree = parseTree(file, problems);
  const result = manifestSchema.safeParse(toPlain(tree, new Set()) ?? {});
  if (result.success) return result.data;
  const start = { file: file.path, line: 1, column: 1, length: 1 };
  for (const issue of result.error.issues) {
    const node = nodeAt(tree, issue.path);
    const place = node ? placeOf(node) : start;
    if (issue.code !== 'unrecognized_keys') {
      const key = issue.path.join('.');
      const missing = issue.path.length > 0 && node === undefined;
      problems.error(
        missing ? 'missing-key' : 'bad-value',
        missing ? `the manifest needs \`${key}\`` : `\`${key}\`: ${issue.message}`,
        place,
      );
      continue;
    }
    for (const key of issue.keys) {
      const entry = node?.kind === 'map' ? node.entries.get(key) : undefined;
      const near = suggest(key, Object.keys(manifestSchema.shape));
      problems.error(
        'unknown-key',
        `unknown key \`${key}\` in the manifest`,
        entry ? placeAt(entry.keyOrigin) : place,
        {
          hint:
            near === undefined
              ? `known here: ${Object.keys(manifestSchema.shape).join(', ')}`
              : `did you mean \`${near}\`?`,
        },
      );
    }
  }
  return undefined;
}

function readOwn(folder: TemplateFolder, name: string, what: string, problems: Problems): string | undefined {
  try {
    return readFileSync(path.join(folder.dir, name), 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    problems.error('missing-file', `${name} is missing: ${what}`, {
      file: path.join(folder.dir, name),
      line: 1,
      column: 1,
    });
    return undefined;
  }
}

function readFiles(folder: TemplateFolder, verbatim: readonly string[], problems: Problems): TemplateFile[] {
  const root = path.join(folder.dir, FILES_FOLDER);
  const asItIs = verbatim.length > 0 ? picomatch([...verbatim], { dot: true }) : () => false;
  const files: TemplateFile[] = [];
  let bytes = 0;
  const walk = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => a.name.localeCompare(b.name))) {
      if (LEFT_OUT.has(entry.name)) continue;
      const full = path.join(dir, entry.name);
      const place = { file: full, line: 1, column: 1 };
      if (entry.isDirectory()) walk(full);
      else if (!entry.isFile()) problems.error('bad-file', `${entry.name} is neither a file nor a folder`, place);
      else if (files.length === MAX_FILES || bytes > MAX_BYTES) {
        problems.error('too-large', `more than ${MAX_FILES} files or 32 MB below \`files/\``, place);
        return;
      } else {
        const content = readFileSync(full);
        bytes += content.length;
        const name = path.relative(root, full).split(path.sep).join('/');
        const executable = (lstatSync(full).mode & 0o100) !== 0;
        files.push({ name, path: full, content, executable, verbatim: asItIs(name) || !isText(content) });
      }
    }
  };
  try {
    walk(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (files.length === 0 && problems.errors === 0) {
    const place = { file: root, line: 1, column: 1 };
    problems.error('missing-file', `\`${FILES_FOLDER}/\` is missing or empty: what a new service consists of`, place);
  }
  return files;
}

function isText(content: Buffer): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(content).includes('\0');
  } catch {
    return false;
  }
}
