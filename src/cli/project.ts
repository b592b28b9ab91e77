/** The definition as the command line's flags select it. The parser is loaded when it is asked for one. */
import { findProjectFile } from '../config/find.ts';
import type { LoadResult } from '../config/index.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { MsvcError } from '../model/error.ts';
import type { Project } from '../model/project.ts';
import type { Context } from './context.ts';
import { definedOf } from './environment.ts';

/** Carries everything that is wrong with the definition. */
export class SpecError extends MsvcError {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super('MSVC_SPEC_INVALID', diagnostics.find((d) => d.severity === 'error')?.message ?? 'the definition is wrong', {
      facts: { errors: diagnostics.filter((d) => d.severity === 'error').length },
      place: diagnostics.find((d) => d.place)?.place,
    });
  }
}

export interface LoadFlags {
  readonly gatewayPort?: number | 'auto' | undefined;
}

/** All that is to be known of the definition, right or wrong. @throws MsvcError MSVC_SPEC_NOT_FOUND */
export async function readDefinition(context: Context, flags: LoadFlags = {}): Promise<LoadResult> {
  const { files, projectName, envFiles } = context.globals;
  if (files.length === 0 && !findProjectFile(context.cwd)) {
    throw new MsvcError('MSVC_SPEC_NOT_FOUND', 'no msvc.yaml here or in a folder above', {
      facts: { cwd: context.cwd },
    });
  }
  const { loadProject } = await import('../config/index.ts');
  return await loadProject({
    cwd: context.cwd,
    files,
    envFiles,
    environment: definedOf(context.env),
    ...(projectName !== undefined && { projectName }),
    ...(flags.gatewayPort !== undefined && { gatewayPort: flags.gatewayPort }),
  });
}

/** Says what is doubtful on standard error. @throws SpecError, MsvcError MSVC_SPEC_NOT_FOUND */
export async function loadProjectFor(context: Context, flags: LoadFlags = {}): Promise<Project> {
  const result = await readDefinition(context, flags);
  if (!result.ok) throw new SpecError(result.diagnostics);
  if (result.warnings.length > 0) {
    const { printDiagnostics } = await import('./print-error.ts');
    printDiagnostics(result.warnings, { output: context.err, json: false, cwd: process.cwd() });
  }
  return result.project;
}

export { definedOf };
