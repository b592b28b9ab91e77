/** Processes of this machine as members of an instance. */
import { processTable } from '../process-table.ts';
import type { ProcessRow } from '../processes/process-row.ts';
import type { Member } from './driver.ts';

export async function describe(rows: readonly ProcessRow[]): Promise<Member[]> {
  return Promise.all(rows.map(async ({ pid }) => ({ pid, command: (await processTable.command(pid)) ?? '' })));
}
