/** Whether a command opens the dashboard: somebody must be there to see it and to press keys. Pure. */
import type { Context } from '../context.ts';

export interface TuiFlags {
  readonly tui: boolean;
  readonly exitCodeFrom?: string;
  readonly abortOnFailure?: boolean;
  readonly abortOnContainerFailure?: boolean;
  readonly watchConfig?: boolean;
  readonly timestamps?: boolean;
  readonly logPrefix: boolean;
}

/** Flags that speak of plain lines, or of a run that ends by itself, mean plain lines. `MSVC_TUI=0` always does. */
export function wantsDashboard({ out, env }: Context, flags: TuiFlags): boolean {
  if (!flags.tui || env.MSVC_TUI === '0') return false;
  if (flags.exitCodeFrom !== undefined || flags.abortOnFailure || flags.abortOnContainerFailure) return false;
  if (flags.watchConfig || flags.timestamps || !flags.logPrefix) return false;
  return isInteractive(out.isTerminal, env);
}

/** A terminal in both directions that knows how to move a cursor. */
export function isInteractive(isTerminal: boolean, env: Context['env']): boolean {
  return isTerminal && process.stdin.isTTY === true && env.TERM !== 'dumb' && env.TERM !== undefined && env.TERM !== '';
}
