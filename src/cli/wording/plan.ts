/** A plan in one line for each kind of step: what `up` is about to do, and what it leaves alone. Pure. */
import type { PlanStep } from '../../model/event.ts';
import { count, list } from './lists.ts';

const VERBS: Readonly<Record<PlanStep['action'], string>> = {
  start: 'start',
  rollout: 'replace',
  restart: 'restart',
  scale: 'scale',
  update: 'update',
  stop: 'stop',
  remove: 'remove',
  keep: 'keep',
};

const ORDER: readonly PlanStep['action'][] = [
  'start',
  'rollout',
  'restart',
  'scale',
  'update',
  'stop',
  'remove',
  'keep',
];

/** @returns one line a kind of step; for a plan that changes nothing a single line that says so */
export function planLines(steps: readonly PlanStep[]): string[] {
  const changing = steps.filter((step) => step.action !== 'keep');
  if (changing.length === 0) return steps.length === 0 ? ['nothing to do'] : [`nothing to change: ${kept(steps)}`];
  return ORDER.flatMap((action) => {
    const of = steps.filter((step) => step.action === action);
    if (of.length === 0) return [];
    if (action === 'keep') return [`keep ${count(of.length, 'service')} as ${of.length === 1 ? 'it is' : 'they are'}`];
    return [`${VERBS[action]} ${list(of.map(stepText), 30)}`];
  });
}

function kept(steps: readonly PlanStep[]): string {
  return `${count(steps.length, 'service')} ${steps.length === 1 ? 'is' : 'are'} as the file says`;
}

function stepText(step: PlanStep): string {
  if (step.action === 'scale') return `${step.service} from ${step.from ?? '?'} to ${step.to ?? '?'}`;
  if (step.action === 'restart') return `${step.service} (after ${list(step.after ?? [])})`;
  if (step.action !== 'rollout' && step.action !== 'update') return step.service;
  const why = [
    ...(step.changed.length > 0 ? [`${step.changed.join(', ')} changed`] : []),
    ...(step.again ? ['again: the last attempt failed'] : []),
  ];
  return why.length > 0 ? `${step.service} (${why.join('; ')})` : step.service;
}
