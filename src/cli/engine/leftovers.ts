/**
 * When engine and guardian were both killed, the next command ends what they left; of containers also when only the
 * engine was. Costs a folder listing otherwise.
 */
import { stateDirFor } from '../../control/locate.ts';
import { readRuns } from '../../runtime/launch-ledger.ts';
import { type Context, whereOf } from '../context.ts';
import { noticeText } from '../wording/notices.ts';

/**
 * Call it only when no engine runs.
 * @param volumes named volumes of its containers too
 * @returns whether anything was ended or removed
 */
export async function endLeftovers(context: Context, volumes = false): Promise<boolean> {
  const stateDir = stateDirFor(whereOf(context));
  const { removeDeadEngine } = await import('../../control/clean.ts');
  removeDeadEngine(stateDir);
  const { sweepLeft } = await import('../../control/containers.ts');
  const removed = await sweepLeft(stateDir, context.env, volumes);
  if (removed.length > 0) context.err.line(noticeText('containers-swept', { names: removed }));
  if (readRuns(stateDir).length === 0) return removed.length > 0;
  const { sweep } = await import('../../runtime/sweep.ts');
  const pids = (await sweep({ stateDir })).map(({ pid }) => pid);
  if (pids.length > 0) context.err.line(noticeText('leftovers-swept', { pids: pids.map(String) }));
  return pids.length + removed.length > 0;
}
