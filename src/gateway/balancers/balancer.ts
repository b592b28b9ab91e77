/** The contract of a balancer: given endpoints that may take the request, name one. Never holds on to a list. */
import type { BalancerKind } from '../../model/policy.ts';

/** What a balancer may look at. */
export interface Candidate {
  readonly id: string;
  /** Hash of `id`, unsigned 32 bit. */
  readonly hash: number;
  readonly inFlight: number;
  /** Moving average of the time to the response's head; 0 = not known. */
  readonly latencyMs: number;
  /** Its share of the requests beside the others'; one that weighs nothing gets requests only where there is no other. */
  readonly weight: number;
}

export interface Balancer {
  /**
   * All weigh the same: the usual case, which pays nothing for the other one.
   * @param endpoints at least one, in the registry's order. @param key what consistent hashing goes by; '' for the others
   */
  pick<T extends Candidate>(endpoints: readonly T[], key: string): T;
  /** The same by weight. @param endpoints each weighs something */
  pickWeighted<T extends Candidate>(endpoints: readonly T[], key: string): T;
}

export interface BalancerDefinition {
  readonly kind: BalancerKind;
  readonly summary: string;
  /** One for each service: it may keep state. */
  readonly create: () => Balancer;
}
