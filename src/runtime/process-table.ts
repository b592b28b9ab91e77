/**
 * The machine's processes: who is in a group, who is who. Chooses the reader of this system. Owns no state.
 *
 * A pid alone names nothing for long; pid and start together name one process. Start words are opaque: jiffies since
 * boot on Linux, a date elsewhere; a zombie has none, it counts as gone.
 */
import { procReader, procStart } from './processes/proc-reader.ts';
import type { ProcessReader, ProcessRow } from './processes/process-row.ts';
import { psReader, psStart } from './processes/ps-reader.ts';

export const hasProc: boolean = process.platform === 'linux' && procStart(process.pid) !== null;

export const processTable: ProcessReader = hasProc ? procReader : psReader;

/** When the process started; null when there is none. Blocks: 20 us on Linux, one run of `ps` elsewhere. */
export function startTimeOf(pid: number): string | null {
  return hasProc ? procStart(pid) : psStart(pid);
}

/** Whether the very process that had this pid and start is still alive. */
export function isProcess(pid: number, startTime: string): boolean {
  return startTimeOf(pid) === startTime;
}

/**
 * The living members of the process group `pgid`.
 * @param leaderGone its leader has been reaped. The system gives a number out again only when no group bears it any
 * more; so when a process has this pid all the same, our group was empty before and these are somebody else's.
 */
export async function groupMembers(pgid: number, leaderGone: boolean): Promise<readonly ProcessRow[]> {
  const rows = await processTable.rows();
  if (leaderGone && rows.some((row) => row.pid === pgid)) return [];
  return rows.filter((row) => row.pgid === pgid && !row.zombie);
}

/** Signal to one process or, negative, to a group. @returns false when there is nobody of that number. */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    // EPERM: there is somebody, if not for us to signal (a program with another user's rights; on macOS, a zombie).
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
