/** When engine and guardian were both killed, the next command ends what they left. Costs one folder listing otherwise. */
import { stateDirFor } from '../../control/locate.ts';
import { readRuns } from '../../runtime/launch-ledger.ts';
import { type Context, whereOf } from '../context.ts';
import { noticeText } from '../wording/notices.ts';

/** Call it only when no engine runs. @returns the pids that were ended */
export async function endLeftovers(context: Context): Promise<readonly number[]> {
  const stateDir = stateDirFor(whereOf(context));
  const { removeDeadEngine } = await import('../../control/clean.ts');
  removeDeadEngine(stateDir);
  if (readRuns(stateDir).length === 0) return [];
  const { sweep } = await import('../../runtime/sweep.ts');
  const pids = (await sweep({ stateDir })).map(({ pid }) => pid);
  if (pids.length > 0) context.err.line(noticeText('leftovers-swept', { pids: pids.map(String) }));
  return pids;
}
