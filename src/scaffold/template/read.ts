/**
 * A template's folder -> its manifest, its entry of msvc.yaml and its files, all as text, with those of the template that
 * it extends. Follows no symbolic links out of a folder, and reads nothing else.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';
import type { TemplateFolder } from './find.ts';
import { MANIFEST_FILE, type Manifest } from './manifest.ts';
import { Problems, refuseIfWrong } from './problems.ts';
import { missing, type ReadManifest, readManifest, readOwn } from './read-manifest.ts';

const ENTRY_FILE = 'service.yaml';
const FILES_FOLDER = 'files';

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
  /** Where the entry stands: in its folder, or in that of the template it extends. */
  readonly entryFile: string;
  readonly files: readonly TemplateFile[];
}

const MAX_FILES = 2_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** What lies about in a folder that somebody has worked in, and is no part of a template. */
const LEFT_OUT = new Set(['node_modules', '.git', '__pycache__', '.venv', '.DS_Store', '.pytest_cache', '.msvc']);

/** @throws TemplateError with everything that is wrong with its shape, or with that of a template it extends */
export function readTemplate(folder: TemplateFolder): Template {
  const problems = new Problems();
  const read = readManifest(folder, problems);
  const { entry, files } = readParts(folder, read, problems);
  if (!entry) missing(folder, ENTRY_FILE, 'the entry that goes into msvc.yaml', problems);
  if (files.length === 0 && problems.errors === 0) {
    const place = { file: path.join(folder.dir, FILES_FOLDER), line: 1, column: 1 };
    problems.error('missing-file', `\`${FILES_FOLDER}/\` is missing or empty: what a new service consists of`, place);
  }
  refuseIfWrong(folder.name, problems);
  const { manifest } = read as ReadManifest;
  const { text, file } = entry as Entry;
  return { ...folder, manifest, entry: text, entryFile: file, files };
}

interface Entry {
  readonly text: string;
  readonly file: string;
}

/** One that others extend need not be whole. */
function readParts(
  folder: TemplateFolder,
  read: ReadManifest | undefined,
  problems: Problems,
): { entry: Entry | undefined; files: readonly TemplateFile[] } {
  const inherited = read?.base && readParts(read.base.folder, read.base, problems);
  const file = path.join(folder.dir, ENTRY_FILE);
  const text = readOwn(file);
  const own = readFiles(folder, read?.manifest.verbatim ?? [], problems);
  const entry = text === undefined ? inherited?.entry : { text, file };
  if (!read || !inherited) return { entry, files: own };
  return { entry, files: together(inherited.files, own, folder, read.manifest.without, problems) };
}

/** Only what `msvc new --list` shows. @returns undefined when it cannot be read */
export function readSummary(folder: TemplateFolder): Manifest | undefined {
  return readManifest(folder, new Problems())?.manifest;
}

/** By name: its own, and those of the base that it neither has itself nor leaves out. */
function together(
  base: readonly TemplateFile[],
  own: readonly TemplateFile[],
  folder: TemplateFolder,
  leftOut: readonly string[],
  problems: Problems,
): TemplateFile[] {
  for (const glob of leftOut) {
    if (base.some(({ name }) => fits(name, glob))) continue;
    const place = { file: path.join(folder.dir, MANIFEST_FILE), line: 1, column: 1 };
    problems.error('bad-value', `\`without: ${glob}\` leaves out nothing: what it extends has no such file`, place);
  }
  const names = new Set(own.map(({ name }) => name));
  const taken = base.filter(({ name }) => !names.has(name) && !leftOut.some((glob) => fits(name, glob)));
  return [...taken, ...own].sort((a, b) => a.name.localeCompare(b.name));
}

function fits(name: string, glob: string): boolean {
  return picomatch.isMatch(name, glob, { dot: true });
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
  return files;
}

function isText(content: Buffer): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(content).includes('\0');
  } catch {
    return false;
  }
}
