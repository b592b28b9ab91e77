/** The balancers there are. A new one is a file beside these and a line here. */
import type { BalancerKind } from '../../model/policy.ts';
import type { BalancerDefinition } from './balancer.ts';
import { consistentHash } from './consistent-hash.ts';
import { leastInFlight } from './least-in-flight.ts';
import { roundRobin } from './round-robin.ts';
import { twoChoices } from './two-choices.ts';

export const BALANCERS: readonly BalancerDefinition[] = [twoChoices, roundRobin, leastInFlight, consistentHash];

export function balancerOf(kind: BalancerKind): BalancerDefinition {
  return BALANCERS.find((definition) => definition.kind === kind) ?? twoChoices;
}
