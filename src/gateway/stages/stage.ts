/**
 * A stage looks at a request before it is sent anywhere, and either lets it pass or answers it. Stages hold no state of
 * a request: what they find out they put into the `Passage`. They are synchronous unless they cannot be: a promise
 * holds the request up, and only then.
 */
import type { Flag } from '../../model/flags.ts';
import type { RouteMatch } from '../../model/route.ts';
import type { ListenerContext } from '../exchange/listener-context.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { Limits } from '../limits.ts';
import type { Problem } from '../problems/problems.ts';
import type { CompiledRule, FieldChange } from '../routes/compiled-route.ts';
import type { Matcher } from '../routes/matcher.ts';
import type { NormalPath } from '../routes/normal-path.ts';

export class Passage {
  readonly head: RequestHead;
  readonly listener: ListenerContext;
  readonly matcher: Matcher;
  readonly limits: Limits;
  /** The client's address. */
  readonly peer: string;
  /** Filled by the route stage: the service to send to. */
  service = '';
  rule: CompiledRule | null = null;
  /** The one of the rule's that holds. */
  match: RouteMatch | null = null;
  /** Path and query to send when a rewrite changed them. */
  target: string | null = null;
  /** Of a redirect's route: the path as received and as matched, what a prefix took of it, and the query. */
  path: { readonly raw: string; readonly normal: NormalPath; readonly prefix: string; readonly query: string } | null =
    null;
  /** What becomes of the fields of the service's answer. */
  responseHeaders: FieldChange | null = null;
  /** Field lines for an answer that the gateway makes itself. */
  problemLines = '';
  /** Claims for the service, as field lines. */
  claimLines = '';
  /** Why it did not simply get the answer of the service; '' = it did. */
  flag: Flag | '' = '';

  constructor(head: RequestHead, listener: ListenerContext, matcher: Matcher, limits: Limits, peer: string) {
    this.head = head;
    this.listener = listener;
    this.matcher = matcher;
    this.limits = limits;
    this.peer = peer;
  }
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
  readonly check: (passage: Passage) => Verdict | Promise<Verdict>;
}
