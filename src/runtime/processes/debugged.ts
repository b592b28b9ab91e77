/** Whether somebody debugs a process: then its silence is no verdict on it. Linux only; elsewhere always false. */
import { readFileSync } from 'node:fs';
import { hasProc } from '../process-table.ts';

/** A tracer is attached to any of them. A process merely stopped by a signal is not debugged: it hangs. */
export function isDebugged(pids: readonly number[]): boolean {
  return hasProc && pids.some(isTraced);
}

function isTraced(pid: number): boolean {
  try {
    return /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
