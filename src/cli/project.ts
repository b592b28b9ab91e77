/** The definition as the command line's flags select it. Loads the YAML parser: only for commands that need the file. */
import { loadProject } from '../config/index.ts';
import type { Project } from '../model/project.ts';
import type { Context } from './context.ts';
import { printDiagnostics } from './print-error.ts';

export async function loadProjectFor(context: Context): Promise<Project> {
  const { project, diagnostics } = await loadProject(loadOptions(context));
  const warnings = diagnostics.filter((d) => d.severity === 'warning');
  if (warnings.length > 0) printDiagnostics(warnings, { output: context.err, json: false, cwd: process.cwd() });
  return project;
}
