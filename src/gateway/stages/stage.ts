/**
 * A stage looks at a request before it is sent anywhere, and either lets it pass or answers it. Stages are synchronous
 * and hold no state of a request: what they find out they put into the `Passage`.
 */
import type { ListenerContext } from '../exchange/listener-context.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { Limits } from '../limits.ts';
import type { Problem } from '../problems/problems.ts';
import type { CompiledRoute } from '../routes/compiled-route.ts';
import type { Matcher } from '../routes/matcher.ts';

export interface Passage {
  readonly head: RequestHead;
  readonly listener: ListenerContext;
  readonly matcher: Matcher;
  readonly limits: Limits;
  /** Filled by the route stage: the service to send to. */
  service: string;
  compiled: CompiledRoute | null;
  /** Path and query to send when a rewrite changed them. */
  target: string | null;
}

/** An answer that is no error: status line, fields, body of no bytes. */
export interface PlainAnswer {
  readonly status: number;
  readonly reason: string;
  readonly lines: string;
}

export type Verdict = { readonly problem: Problem } | { readonly answer: PlainAnswer } | null;

export interface Stage {
  readonly name: string;
  readonly check: (passage: Passage) => Verdict;
}
