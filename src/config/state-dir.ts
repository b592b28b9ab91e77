/** Where a project keeps its data, logs and state. Pure; creates nothing. */
import { join } from 'node:path';

/**
 * `<dir>/.msvc`; `<dir>/.msvc/projects/<name>` when the project is run under another name than its file gives it
 * (`-p`, MSVC_PROJECT_NAME), so that two systems from one folder share nothing.
 */
export function stateDirOf(dir: string, fileName: string, projectName: string): string {
  return fileName === projectName ? join(dir, '.msvc') : join(dir, '.msvc', 'projects', projectName);
}
