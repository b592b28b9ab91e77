/** The definition as the command line's flags select it. The parser is loaded when it is asked for one. */
import { type Compiled, keepCompiled, readCompiled } from '../config/compiled/compiled.ts';
import { Definition } from '../config/definition.ts';
import { findProjectFile } from '../config/find.ts';
import type { LoadOptions, LoadResult } from '../config/index.ts';
import type { Input } from '../config/inputs.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { MsvcError } from '../model/error.ts';
import type { Project } from '../model/project.ts';
import type { Context } from './context.ts';
import { definedOf } from './environment.ts';

/** Carries everything that is wrong with the definition. */
export class SpecError extends MsvcError {
  constructor(
    readonly diagnostics: readonly Diagnostic[],
    /** What was read of it. */
    readonly inputs: readonly Input[] = [],
  ) {
    super('MSVC_SPEC_INVALID', diagnostics.find((d) => d.severity === 'error')?.message ?? 'the definition is wrong', {
      facts: { errors: diagnostics.filter((d) => d.severity === 'error').length },
      place: diagnostics.find((d) => d.place)?.place,
    });
  }
}

/** For what stays in the foreground. */
const KEEP_AFTER_MS = 3_000;

export interface LoadFlags {
  readonly gatewayPort?: number | 'auto' | undefined;
}

/** All that is to be known of the definition, right or wrong. @throws MsvcError MSVC_SPEC_NOT_FOUND */
export async function readDefinition(context: Context, flags: LoadFlags = {}): Promise<LoadResult> {
  return await read(loadOptions(context, flags));
}

async function read(options: LoadOptions): Promise<LoadResult> {
  const { cwd, files } = options;
  if (files.length === 0 && !findProjectFile(cwd)) {
    throw new MsvcError('MSVC_SPEC_NOT_FOUND', 'no msvc.yaml here or in a folder above', { facts: { cwd } });
  }
  const { loadProject } = await import('../config/index.ts');
  return await loadProject(options);
}

function loadOptions({ cwd, env, globals }: Context, { gatewayPort }: LoadFlags): LoadOptions {
  const { files, projectName, envFiles } = globals;
  return {
    cwd,
    files,
    envFiles,
    environment: definedOf(env),
    ...(projectName !== undefined && { projectName }),
    ...(gatewayPort !== undefined && { gatewayPort }),
  };
}

/**
 * The definition, or what was kept of it when nothing has changed since. Says what is doubtful on standard error.
 * @throws SpecError, MsvcError MSVC_SPEC_NOT_FOUND
 */
export async function loadDefinitionFor(context: Context, flags: LoadFlags = {}): Promise<Definition> {
  const options = loadOptions(context, flags);
  const { definition, warnings } = readCompiled(options) ?? (await readAndKeep(options));
  await sayOf(context, warnings);
  return definition;
}

/** As `loadDefinitionFor`, for whoever reads in it. */
export async function loadProjectFor(context: Context, flags: LoadFlags = {}): Promise<Project> {
  return (await loadDefinitionFor(context, flags)).project;
}

/** A command may read the definition twice. */
const said = new WeakMap<Context['err'], Map<string, Diagnostic>>();

/**
 * Says on standard error what is doubtful, each thing once; not with `--json`, see `doubtsOf`.
 * @throws SpecError with all of it, where some is wrong
 */
export async function sayOf({ err, json }: Context, diagnostics: readonly Diagnostic[]): Promise<void> {
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new SpecError(diagnostics);
  const before = said.get(err) ?? new Map<string, Diagnostic>();
  const news = diagnostics.filter((diagnostic) => !before.has(keyOf(diagnostic)));
  if (news.length === 0) return;
  said.set(err, new Map([...before, ...news.map((diagnostic) => [keyOf(diagnostic), diagnostic] as const)]));
  if (json) return;
  const { printDiagnostics } = await import('./print-error.ts');
  printDiagnostics(news, { output: err, json: false, cwd: process.cwd() });
}

/** What was doubtful in what this command has read, said or not. */
export function doubtsOf({ err }: Context): readonly Diagnostic[] {
  return [...(said.get(err)?.values() ?? [])];
}

function keyOf({ message, place }: Diagnostic): string {
  return JSON.stringify([message, place]);
}

async function readAndKeep(options: LoadOptions): Promise<Compiled> {
  const result = await read(options);
  if (!result.ok) throw new SpecError(result.diagnostics, result.inputs);
  const { project, warnings, inputs } = result;
  const compiled = { definition: Definition.of(project, inputs), warnings };
  keepLater(() => keepCompiled(options, compiled, inputs));
  return compiled;
}

/** As the last thing a command does, or when it has long done what it was called for: never before that. */
function keepLater(keep: () => void): void {
  const timer = setTimeout(once, KEEP_AFTER_MS).unref();
  process.once('exit', once);
  function once(): void {
    clearTimeout(timer);
    process.off('exit', once);
    keep();
  }
}

export { definedOf };
