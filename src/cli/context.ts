/** What every command's action is given: where it was called, what it was told about the project, whom it speaks to. */
import type { Output } from './output.ts';
import type { ColourMode } from './style.ts';

/** The flags that every command takes, with the MSVC_* variables already folded in. */
export interface Globals {
  /** `-f`, in order; empty: look for msvc.yaml here and above. Absolute. */
  readonly files: readonly string[];
  readonly projectName: string | undefined;
  readonly profiles: readonly string[];
  /** `--env-file`, absolute; empty: `.env` beside the file. */
  readonly envFiles: readonly string[];
  readonly ansi: ColourMode;
}

/** What a call of `msvc` finds around it. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Output;
  readonly err: Output;
  /** `--json`: standard error is for the one object of a failure, and for nothing else. */
  readonly json?: boolean;
}

export interface Context extends Surroundings {
  /** Where the search for a project begins: `--project-directory`, otherwise the current folder. */
  readonly cwd: string;
  readonly globals: Globals;
}

/** Which project is meant, as `control/locate.ts` asks. */
export function whereOf(context: Context): { cwd: string; files: readonly string[]; projectName?: string } {
  const { files, projectName } = context.globals;
  return { cwd: context.cwd, files, ...(projectName !== undefined && { projectName }) };
}
