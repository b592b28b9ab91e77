/**
 * When engine and guardian were both killed, the next command ends what they left; of containers also when only the
 * engine was. Costs a folder listing otherwise.
 */
import { stateDirFor } from '../../control/locate.ts';
import { MsvcError } from '../../model/error.ts';
import { readRuns } from '../../runtime/launch-ledger.ts';
import { type Context, whereOf } from '../context.ts';
import { noticeText } from '../wording/notices.ts';

export interface Ended {
  /** Whether anything was ended or removed. */
  readonly some: boolean;
  /** Whether the container engine keeps something. */
  readonly stuck: boolean;
}

/**
 * Call it only when no engine runs.
 * @param down what `msvc down` was asked; absent: another command, which a container engine that is away does not hold up
 * @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE, when it is `down` that needs it
 */
export async function endLeftovers(context: Context, down?: { readonly volumes: boolean }): Promise<Ended> {
  const stateDir = stateDirFor(whereOf(context));
  const { removeDeadEngine } = await import('../../control/clean.ts');
  removeDeadEngine(stateDir);
  const processes = await endProcesses(context, stateDir);
  const { sweepLeft } = await import('../../control/containers.ts');
  try {
    const { removed, stuck } = await sweepLeft(stateDir, context.env, down?.volumes ?? false);
    if (removed.length > 0) context.err.line(noticeText('containers-swept', { names: removed }));
    if (stuck) context.err.line(noticeText('containers-stuck', stuck));
    return { some: processes + removed.length > 0, stuck: stuck !== null };
  } catch (error) {
    if (down || !(error instanceof MsvcError)) throw error;
    context.err.line(noticeText('containers-left', { message: error.message }));
    return { some: processes > 0, stuck: true };
  }
}

async function endProcesses(context: Context, stateDir: string): Promise<number> {
  if (readRuns(stateDir).length === 0) return 0;
  const { sweep } = await import('../../runtime/sweep.ts');
  const pids = (await sweep({ stateDir })).map(({ pid }) => pid);
  if (pids.length > 0) context.err.line(noticeText('leftovers-swept', { pids: pids.map(String) }));
  return pids.length;
}
