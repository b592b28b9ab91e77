/**
 * Files -> `Project`, or everything that is wrong with them. Starts nothing and writes nothing; reads only what the
 * definition names. The stages: read, interpolate, merge, check the shape, build with its checks, freeze.
 */
import { basename, dirname } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { PROJECT_NAME, projectNameFromFolder } from '../model/names.ts';
import type { Project } from '../model/project.ts';
import { assemble, secretGrantsIn, serviceNamesIn } from './assemble.ts';
import { buildProject, deepFreeze } from './build/project.ts';
import { PROJECT_FILES, projectFiles } from './find.ts';
import { type Input, realPath, recordInputs } from './inputs.ts';
import type { EnvEntry } from './interpolate/dotenv.ts';
import type { Scope } from './interpolate/evaluate.ts';
import { providedNames } from './interpolate/provided.ts';
import { readLayer, shellLookup, within } from './interpolate/variables.ts';
import { Problems } from './problems.ts';
import { readUnit } from './read-files.ts';
import { stateDirOf } from './state-dir.ts';
import { entryPlace, type Node, placeOf } from './tree/node.ts';
import { asMap, get, textOf } from './tree/read.ts';

export interface LoadOptions {
  readonly cwd: string;
  /** `-f`; empty = MSVC_FILE, else msvc.yaml (and its override) found upward from `cwd`. */
  readonly files: readonly string[];
  /** `-p`; else MSVC_PROJECT_NAME, else `name`, else the folder's name. */
  readonly projectName?: string;
  /** `--env-file`; empty = `.env` beside the first file if it is there. */
  readonly envFiles: readonly string[];
  /** The shell's. */
  readonly environment: Readonly<Record<string, string>>;
  /** `--port`; stronger than the file. */
  readonly gatewayPort?: number | 'auto';
}

/** What `explain` needs to know beside the `Project`. */
export interface Sources {
  /** Merged and interpolated. */
  readonly root: Node;
  readonly scope: Scope;
  /** Where the project's name comes from. */
  readonly name: 'option' | 'variable' | 'file' | 'folder';
  readonly gatewayPort: number | 'auto' | undefined;
  /** What each service's env files give, with places. */
  readonly envEntries: ReadonlyMap<string, ReadonlyMap<string, EnvEntry>>;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly project: Project;
      readonly warnings: readonly Diagnostic[];
      readonly sources: Sources;
      /** What it was made from. */
      readonly inputs: readonly Input[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly inputs: readonly Input[] };

/** Never rejects for what stands in the files. */
export async function loadProject(options: LoadOptions): Promise<LoadResult> {
  const { result, inputs } = recordInputs(() => load(options));
  return { ...result, inputs };
}

type Loaded = WithoutInputs<Extract<LoadResult, { readonly ok: true }>>;
type Refused = WithoutInputs<Extract<LoadResult, { readonly ok: false }>>;
type WithoutInputs<T extends LoadResult> = Omit<T, 'inputs'>;

function load(options: LoadOptions): Loaded | Refused {
  const problems = new Problems();
  const paths = projectFiles(options);
  const [first] = paths;
  if (first === undefined) {
    const message = `there is no ${PROJECT_FILES[0]} in \`${options.cwd}\` or a folder above`;
    problems.error('no-file', message, undefined, { hint: 'go to the folder of one, or name it with `-f`' });
    return { ok: false, diagnostics: problems.sorted([]) };
  }
  const dir = realPath(dirname(first));
  const reading = { problems, paths: new Set<string>() };
  const fixed = providedNames([], []);
  const shell: Scope = { lookup: shellLookup(options.environment), isProvided: fixed.has };
  const named = options.envFiles.map((path) => ({ path }));
  const layer = readLayer({ named, dir: named.length > 0 ? options.cwd : dir, outer: shell }, problems);
  const scope = within(shell, layer);
  const unit = readUnit({ paths, role: 'file', baseDir: dir, scope, chain: [] }, reading);
  for (const path of layer.files) reading.paths.add(path);

  const provided = providedNames(new Set(serviceNamesIn(unit)), secretGrantsIn(unit));
  const root = assemble(unit, { provided, problems, warned: new Set() });
  if (root === undefined) return { ok: false, diagnostics: problems.sorted([...reading.paths]) };
  checkTop(root, problems);

  const name = nameOf(root, dir, scope, options, problems);
  const launchScope: Scope = { ...scope, isProvided: provided.has };
  const envEntries = new Map<string, ReadonlyMap<string, EnvEntry>>();
  const built = buildProject(root, options.gatewayPort, {
    projectName: name.value,
    dir,
    stateDir: stateDirOf(dir, name.inFile, name.value),
    problems,
    scope: launchScope,
    provided,
    extraFiles: reading.paths,
    envFiles: new Map(),
    envEntries,
  });
  const files = [...reading.paths];
  const diagnostics = problems.sorted(files);
  if (problems.errors > 0) return { ok: false, diagnostics };
  const project = deepFreeze({ ...built, files });
  const sources: Sources = { root, scope: launchScope, name: name.from, gatewayPort: options.gatewayPort, envEntries };
  return { ok: true, project, warnings: diagnostics, sources };
}

function checkTop(root: Node, problems: Problems): void {
  const map = asMap(root);
  if (!map) return;
  const version = map.entries.get('version');
  if (version) {
    problems.warning('obsolete-key', '`version` means nothing any more', entryPlace(version), { hint: 'take it out' });
  }
  const services = map.entries.get('services');
  // Another shape than a map has been told by the schema.
  const shaped = services !== undefined && (services.value.kind !== 'scalar' || textOf(services.value) !== undefined);
  if (shaped && (services.value.kind !== 'map' || services.value.entries.size > 0)) return;
  // A misspelt `services` has been told.
  if (!services && problems.has('unknown-key')) return;
  problems.error('no-services', 'the file defines no services', services ? entryPlace(services) : placeOf(root), {
    hint: '`msvc new service NAME` adds one; or write `services: { web: { command: node server.js } }`',
  });
}

function nameOf(root: Node, dir: string, scope: Scope, options: LoadOptions, problems: Problems) {
  const node = get(root, 'name');
  const written = textOf(node);
  const inFile = written !== undefined && written !== '' ? written : projectNameFromFolder(basename(dir));
  const variable = scope.lookup('MSVC_PROJECT_NAME')?.value || undefined;
  const value = options.projectName ?? variable ?? inFile;
  const from: Sources['name'] =
    options.projectName !== undefined ? 'option' : variable !== undefined ? 'variable' : written ? 'file' : 'folder';
  if (!PROJECT_NAME.test(value)) {
    const place = from === 'file' && node ? placeOf(node) : undefined;
    problems.error('bad-name', `\`${value}\` cannot be the name of a project`, place, {
      hint: `lower-case letters, digits, \`-\` and \`_\`: for example \`${projectNameFromFolder(value)}\``,
    });
  }
  return { value, from, inFile };
}
