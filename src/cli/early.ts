/**
 * The engine of a plain `msvc up`, begun before the command line is parsed: its process needs longer to come up than
 * everything this command does until then. Only a guess, made from what every such call has; who knows better later
 * dismisses it, and it ends by itself when the command ends without having used it.
 */
import { stateDirOf } from '../config/state-dir.ts';
import { engineLog } from '../control/engine-start.ts';
import { findEngine, projectFolder } from '../control/locate.ts';
import { StandbyEngine } from '../control/standby-engine.ts';

/** These name another project, or start nothing. */
const ELSEWHERE = /^(-[a-z]*[fph]|--file|--project-name|--project-directory|--help|--dry-run)/;
const VARIABLES = ['MSVC_FILE', 'MSVC_PROJECT_NAME'] as const;

/** null: none is needed. undefined: nobody looked. */
let early: StandbyEngine | null | undefined;

export function beginEarly(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): void {
  if (argv.some((word) => ELSEWHERE.test(word)) || VARIABLES.some((name) => env[name] !== undefined)) return;
  try {
    early = standbyEngine({ cwd: process.cwd(), files: [] });
  } catch {
    // What is wrong is told where it is needed.
  }
}

/** Once. @returns null when none is needed; undefined when nobody has looked yet */
export function takeEarly(): StandbyEngine | null | undefined {
  const taken = early;
  early = undefined;
  return taken;
}

/** An engine that begins while the definition is read; null when one seems to run, or there is no definition. */
export function standbyEngine(where: Parameters<typeof findEngine>[0]): StandbyEngine | null {
  const folder = projectFolder(where);
  if (folder === null || findEngine(where) !== null) return null;
  const log = where.projectName === undefined ? engineLog(stateDirOf(folder.dir, '', '')) : null;
  return new StandbyEngine(folder.dir, log);
}
