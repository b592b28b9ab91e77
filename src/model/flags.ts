/**
 * Why a request did not simply get the answer of the service: one short flag each, Envoy's where Envoy has one
 * (`%RESPONSE_FLAGS%`). They stand in the access log, in `msvc edges` and in metrics. Stable: scripts may match on them.
 */
export const FLAGS = {
  UF: 'no connection to the service came about',
  UC: 'the connection broke before the answer was complete',
  UT: 'the service did not answer in time',
  UPE: 'what the service sent is not a proper HTTP answer',
  UH: 'no instance: the service is stopped, failed, or did not become ready in time',
  UO: 'the circuit is open',
  OV: 'too many requests at once: limit and queue are full',
  DT: 'the deadline of the whole request was over',
  DI: 'delayed or slowed by a fault',
  FI: 'answered or broken off by a fault',
  NR: 'no route',
  RL: 'rate limit',
  UA: 'refused: credentials, host or origin',
  IR: 'the request is not acceptable: malformed, too large, too slow or in a circle',
  SI: 'the client took none of the answer for too long',
  DC: 'the client left before the answer was complete',
} as const;

export type Flag = keyof typeof FLAGS;
