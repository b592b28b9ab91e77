/** Waits until services have got where they are wanted, or cannot any more, or the time is over; says what came of it. */
import type { Client } from '../../control/client.ts';
import { MsvcError } from '../../model/error.ts';
import type { View } from '../../model/view.ts';
import type { Context } from '../context.ts';
import { type Goal, Judgement, type Outcome, type Verdict } from '../verdict.ts';
import { list } from '../wording/lists.ts';
import { type Feed, openFeed, type Told } from './feed.ts';

export interface WaitOptions {
  readonly services: readonly string[];
  readonly goal: Goal;
  /** Absent: for as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** Where to begin; absent: the engine's view now. */
  readonly from?: View;
  /** What happens after `from`, where it has been asked for already. */
  readonly feed?: Feed;
  /** Nothing is judged before this event: what was wrong earlier may be what the command mends. Absent: from the first on. */
  readonly judgeFrom?: number;
  /** Told everything that happens meanwhile. */
  readonly onTold?: (told: Told) => void;
  /** Prints nothing of those that have not got there. */
  readonly quiet?: boolean;
  /** Told the view in which some have not got there. */
  readonly onFailed?: (view: View) => void;
}

interface Waited {
  readonly outcome: Outcome;
  readonly timedOut: boolean;
  /** As it was at the end. */
  readonly view: View;
}

/**
 * @returns the view in which all have got there.
 * @throws MsvcError MSVC_SERVICE_FAILED, MSVC_WAIT_TIMEOUT, after the reasons and last lines of each have been printed
 */
export async function waitFor(context: Context, client: Client, options: WaitOptions): Promise<View> {
  const { outcome, timedOut, view } = await awaitOutcome(client, options);
  if (outcome.failed.length === 0 && outcome.waiting.length === 0) return view;
  if (!options.quiet) {
    printVerdicts(context, outcome.failed.length > 0 ? outcome.failed : outcome.waiting);
    if (outcome.failed.length > 0 && ['up', 'healthy'].includes(options.goal)) printOthers(context, outcome);
  }
  options.onFailed?.(view);
  throw outcomeError(outcome, options, timedOut);
}

export async function awaitOutcome(client: Client, options: WaitOptions): Promise<Waited> {
  const { services, goal, timeoutMs, judgeFrom = 0, onTold } = options;
  let view = options.from ?? (await client.request('view', {}));
  let judgement = view.seq >= judgeFrom ? new Judgement(view, services, goal) : null;
  const waited = (timedOut: boolean): Waited => ({
    outcome: (judgement ?? new Judgement(view, services, goal)).outcome,
    timedOut,
    view,
  });
  if (judgement?.settled) return waited(false);
  const feed = options.feed ?? openFeed(client, view);
  let timedOut = false;
  let isStopping = false;
  const giveUp = (): void => {
    timedOut = true;
    feed.end();
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs);
  try {
    for await (const batch of feed.told) {
      for (const told of batch) {
        view = told.view;
        onTold?.(told);
        isStopping ||= told.event.type === 'engine.stopping';
        if (view.seq < judgeFrom) continue;
        if (judgement === null) judgement = new Judgement(view, services, goal);
        else if (told.event.type === 'stream.gap') judgement.judgeAll(view);
        else if ('service' in told.event && told.event.service) judgement.judge(view, told.event.service);
        if (judgement.settled) return waited(false);
      }
    }
  } catch (error) {
    // An engine that has said so beforehand was not lost.
    if (!isStopping || !(error instanceof MsvcError) || error.code !== 'MSVC_ENGINE_LOST') throw error;
  } finally {
    clearTimeout(timer);
  }
  if (timedOut) return waited(true);
  if (isStopping) throw new MsvcError('MSVC_STOPPING', 'the system was stopped', { facts: { meanwhile: true } });
  throw new MsvcError('MSVC_ENGINE_LOST', 'the events ended');
}

export function outcomeError(outcome: Outcome, { timeoutMs, goal }: WaitOptions, timedOut: boolean): MsvcError {
  if (timedOut) {
    return new MsvcError('MSVC_WAIT_TIMEOUT', `timed out waiting for ${list(outcome.waiting.map((v) => v.service))}`, {
      facts: { services: outcome.waiting.map((v) => v.service), timeoutMs: timeoutMs ?? 0, goal },
    });
  }
  const [first] = outcome.failed;
  return new MsvcError('MSVC_SERVICE_FAILED', `${list(outcome.failed.map((v) => v.service))} failed`, {
    facts: { services: outcome.failed.map((v) => v.service) },
    hint:
      first?.hint ?? `\`msvc logs ${first?.service}\` shows its output, \`msvc why ${first?.service}\` what led to it`,
  });
}

/** The first failure ends the waiting, not the others. */
function printOthers({ err }: Context, { verdicts, failed, waiting }: Outcome): void {
  const there = verdicts.length - failed.length - waiting.length;
  const states = [
    ...(there > 0 ? [`${there} ${there === 1 ? 'is' : 'are'} up`] : []),
    ...waiting.map(({ service, state }) => `${service} is ${state}`),
  ];
  if (states.length > 0) err.line(`the other services go on (${list(states)}): \`msvc down\` stops them`);
}

/** `orders  failed: exited 1`, its last lines below. What to do about the first one comes with the error. */
function printVerdicts({ err }: Context, verdicts: readonly Verdict[]): void {
  const width = Math.max(...verdicts.map((v) => v.service.length));
  for (const [index, { service, state, outcome, reason, tail, hint }] of verdicts.entries()) {
    const colour = outcome === 'failed' ? 'red' : 'yellow';
    const words =
      outcome === 'failed' && state !== 'failing' ? 'failed' : outcome === 'failed' ? 'failing' : 'not ready';
    err.line(`${service.padEnd(width)}  ${err.style.paint(colour, words)}: ${reason ?? state}`);
    for (const line of tail) err.line(err.style.dim(`${' '.repeat(width)}  | ${line}`));
    if (hint !== undefined && index > 0) err.line(`${' '.repeat(width)}  hint: ${hint}`);
  }
}
