/**
 * The processes of a container as this machine sees them. An engine that is asked runs `ps` and holds the container
 * meanwhile: asked of twenty that are stopping, it takes longer over that than over stopping them.
 */
import { readFileSync } from 'node:fs';
import { processTable } from '../../process-table.ts';
import type { ProcessRow } from '../../processes/process-row.ts';
import type { Member } from '../driver.ts';
import { describe } from '../members.ts';

/** What descends from its first process, and that one. A command that a person runs inside with `exec` is none of them. */
export async function membersHere(pid: number): Promise<Member[]> {
  const rows = (await processTable.rows().catch(() => [])).filter(({ zombie }) => !zombie);
  const members = rows.filter((row) => row.pid === pid);
  // Grows while it is walked.
  for (const { pid: parent } of members) members.push(...childrenOf(parent, rows));
  return describe(members);
}

function childrenOf(parent: number, rows: readonly ProcessRow[]): ProcessRow[] {
  return rows.filter(({ ppid }) => ppid === parent);
}

/**
 * Whether that number means the container's first process here too. Not so of an engine in a VM. The engine puts a
 * container's processes in a control group of its name.
 */
export function isHere(pid: number, id: string): boolean {
  try {
    return pid > 0 && readFileSync(`/proc/${pid}/cgroup`, 'latin1').includes(id);
  } catch {
    return false;
  }
}
