/** What is wrong now, worst first: one sentence each, and the keys that help. Pure. */
import { type ServiceView, serviceState, type View } from '../../../model/view.ts';
import { isLate, lateReason } from '../../verdict.ts';
import { exitWords } from '../../wording/exits.ts';
import { faultText, remainingText } from '../../wording/faults.ts';
import { lastWords } from '../../wording/last-words.ts';
import { noticeText } from '../../wording/notices.ts';
import { reasonText } from '../../wording/reasons.ts';
import { duration } from '../../wording/time.ts';

export interface Problem {
  readonly text: string;
  readonly grave: boolean;
  /** Key -> what it does. */
  readonly help: readonly (readonly [key: string, does: string])[];
}

const GRAVE = new Set(['failed', 'crash-loop', 'failing', 'unhealthy']);

export function problemsOf(view: View, now: number): readonly Problem[] {
  const away = view.containersLostAt;
  const problems: Problem[] = [
    ...(away === null
      ? []
      : [{ text: `the container engine is away for ${duration(now - away)}: asking again`, grave: true, help: [] }]),
    ...Object.values(view.services).flatMap((service) => problemOf(service) ?? []),
    ...view.breakers.map(({ caller, callee, openedAt }) => ({
      text: `the breaker of ${caller}->${callee} is open for ${duration(now - openedAt)}: its requests are turned away`,
      grave: true,
      help: [['3', 'map'] as const],
    })),
    ...view.faults.map((fault) => ({
      text: `${faultText(fault)}, ${remainingText(fault, now)}`,
      grave: false,
      help: [['F', 'clear'] as const],
    })),
  ];
  return problems.sort((a, b) => Number(b.grave) - Number(a.grave));
}

function problemOf(service: ServiceView): Problem | undefined {
  const state = serviceState(service);
  const elsewhere = Object.values(service.instances).find((one) => one.elsewhere)?.elsewhere;
  const isWrong = GRAVE.has(state) || state === 'backing-off' || elsewhere;
  if (!isWrong) return undefined;
  const help: [string, string][] = [
    ['⏎', 'why'],
    ['l', 'output'],
    ['r', state === 'failed' || state === 'crash-loop' ? 'retry' : 'restart'],
  ];
  return { text: `${service.name} ${state}: ${reasonOf(service, state)}`, grave: GRAVE.has(state), help };
}

function reasonOf(service: ServiceView, state: string): string {
  const all = Object.values(service.instances);
  if (state === 'failing') {
    const tail = service.error?.facts.tail;
    const why =
      (Array.isArray(tail) && lastWords(tail.map(String))) || firstLine(service.error && reasonText(service.error));
    return `${why}; the new version does not come up, the previous one serves`;
  }
  const unhealthy = all.find((one) => one.phase === 'unhealthy');
  if (unhealthy) return `its probe fails: ${unhealthy.probeDetail ?? 'no answer'}`;
  const elsewhere = all.find((one) => one.elsewhere)?.elsewhere;
  if (state === 'starting' && elsewhere) return `it ${noticeText('listens-elsewhere', elsewhere)}`;
  // What it wrote before its time was over is no reason.
  const late = all.find(isLate);
  if (late) return lateReason(late, service);
  const ended = all.find((one) => one.exit && (one.crashLoop || one.phase === 'failed' || one.phase === 'backing-off'));
  if (ended?.exit) {
    const last = lastWords(ended.tail);
    return last === undefined || ended.exit.signal !== null ? exitWords(ended.exit) : last;
  }
  const error = service.error ?? all.find((one) => one.error)?.error;
  return error ? firstLine(reasonText(error)) : state;
}

function firstLine(text: string | null | undefined): string {
  return text?.split('\n')[0] ?? '';
}
