/**
 * The files of other tools that become an msvc.yaml. A new one is a file in this folder and a line in `FORMATS`. The draft of
 * each is read by msvc, and what it does not take stays as a comment in its place.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { keysOf } from '../../config/schema/fields.ts';
import { projectSchema } from '../../config/schema/project.ts';
import { MsvcError } from '../../model/error.ts';
import { importCompose } from './compose.ts';
import { type Draft, type Fate, pairOf } from './draft.ts';
import { importMprocs } from './mprocs.ts';
import { importProcessCompose } from './process-compose.ts';
import { importProcfile } from './procfile.ts';
import { settle } from './settle.ts';
import { importWorkspaces, patternsOf } from './workspaces.ts';

export interface Format {
  readonly kind: 'compose' | 'procfile' | 'process-compose' | 'mprocs' | 'workspaces';
  /** What people call such a file. */
  readonly title: string;
  /** Names that it goes by, the usual first. */
  readonly names: readonly string[];
  /** Whether a YAML file with such a top is one. */
  readonly key?: string;
  readonly read: (source: string, dir: string) => Draft;
}

const FORMATS: readonly Format[] = [
  {
    kind: 'compose',
    title: 'Compose file',
    names: ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'],
    key: 'services',
    read: (source) => importCompose(source, (key) => serviceKeys().has(key)),
  },
  { kind: 'procfile', title: 'Procfile', names: ['Procfile', 'Procfile.dev'], read: importProcfile },
  {
    kind: 'process-compose',
    title: 'process-compose file',
    names: ['process-compose.yaml', 'process-compose.yml'],
    key: 'processes',
    read: importProcessCompose,
  },
  { kind: 'mprocs', title: 'mprocs file', names: ['mprocs.yaml', 'mprocs.yml'], key: 'procs', read: importMprocs },
  { kind: 'workspaces', title: 'npm workspaces', names: ['package.json'], read: importWorkspaces },
];

export interface Imported {
  readonly format: Format;
  /** The msvc.yaml. */
  readonly text: string;
  readonly fates: readonly Fate[];
  /** Services that it has, uncommented. */
  readonly services: readonly string[];
}

/**
 * @param dir where the msvc.yaml will be
 * @throws MsvcError MSVC_IMPORT_UNKNOWN when the file is none of those known, or no YAML
 */
export async function importFile(file: string, dir: string): Promise<Imported> {
  const source = read(file);
  const format = formatOf(file, source);
  if (format === undefined) {
    throw new MsvcError('MSVC_IMPORT_UNKNOWN', `${path.basename(file)} is none of the files that msvc can import`, {
      facts: { file, known: FORMATS.map(({ names }) => names[0] as string) },
    });
  }
  const draft = format.read(source, dir);
  await settle(draft, dir);
  draft.prepend([
    `# Made by \`msvc import ${path.basename(file)}\`. What msvc could not take over stands below as a comment, marked \`needs you\`.`,
    '',
  ]);
  const services = pairOf(parseDocument(draft.text, { logLevel: 'error' }).contents, 'services')?.value;
  const names = isMap(services) ? services.items.map(({ key }) => String(key)) : [];
  return { format, text: draft.text, fates: draft.fates, services: names };
}

/** The first file of each kind that a folder has. */
export function importable(dir: string): { readonly format: Format; readonly file: string }[] {
  return FORMATS.flatMap((format) => {
    for (const name of format.names) {
      const file = path.join(dir, name);
      const source = tryRead(file);
      if (source !== undefined && (format.kind !== 'workspaces' || hasWorkspaces(source))) return [{ format, file }];
    }
    return [];
  });
}

function formatOf(file: string, source: string): Format | undefined {
  const name = path.basename(file);
  if (name === 'package.json')
    return hasWorkspaces(source) ? FORMATS.find(({ kind }) => kind === 'workspaces') : undefined;
  if (/^Procfile(\.|$)|\.procfile$/i.test(name)) return FORMATS.find(({ kind }) => kind === 'procfile');
  if (!/\.(ya?ml|json)$/.test(name)) return undefined;
  const document = parseDocument(source, { uniqueKeys: false, logLevel: 'error' });
  const broken = document.errors[0];
  if (broken) {
    const before = source.slice(0, broken.pos[0]).split('\n');
    const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    throw new MsvcError('MSVC_IMPORT_UNKNOWN', `it is no YAML: ${broken.message.split('\n')[0]}`, {
      facts: { file },
      place,
    });
  }
  return FORMATS.find(({ key }) => key !== undefined && pairOf(document.contents, key) !== undefined);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const known = FORMATS.map(({ names }) => names[0] as string);
    const why = { ENOENT: 'does not exist', EISDIR: 'is a folder: name the file in it' }[code ?? ''];
    throw new MsvcError('MSVC_IMPORT_UNKNOWN', `${path.basename(file)} ${why ?? (error as Error).message}`, {
      facts: { file, ...(code === 'EISDIR' && { known }) },
    });
  }
}

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function hasWorkspaces(source: string): boolean {
  try {
    return patternsOf(JSON.parse(source)).length > 0;
  } catch {
    return false;
  }
}

function serviceKeys(): ReadonlySet<string> {
  projectSchema();
  return new Set(keysOf('service'));
}
