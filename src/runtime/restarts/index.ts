/** The restart policies there are. Another one is one file here and one line in this list. */
import type { RestartSpec } from '../../model/project.ts';
import { always } from './always.ts';
import { no } from './no.ts';
import { onFailure } from './on-failure.ts';
import type { EndedInstance, RestartPolicy, Verdict } from './policy.ts';
import { unlessStopped } from './unless-stopped.ts';

export const restartPolicies: readonly RestartPolicy[] = [no, onFailure, always, unlessStopped];

/** What the policy says of an instance that ended without being asked to. */
export function decideRestart(spec: RestartSpec, ended: EndedInstance): Verdict {
  return restartPolicies.find(({ policy }) => policy === spec.policy)!.decide(spec, ended);
}
