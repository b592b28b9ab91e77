/** What the access log tells of a request, gathered when it is over. Called only where there is such a log. */
import type { Flag } from '../../model/flags.ts';
import type { ClientSide } from '../exchange/client-side.ts';
import { HTTP_VERSIONS } from '../exchange/listener-context.ts';
import { timesOf } from '../exchange/times.ts';
import type { Way } from '../exchange/way.ts';
import { fieldValue } from '../http/fields.ts';
import type { Passage } from '../stages/stage.ts';
import type { Access } from './lines.ts';

export interface Ended {
  readonly status: number;
  readonly bodyBytes: number;
  readonly flag: Flag | '';
  readonly attempts: number;
  readonly fault: string;
  readonly startedAt: number;
  readonly now: number;
}

/** @param passage null when it did not come so far, as with a head that was refused; so is `way` */
export function accessOf(
  { head, peer, listener, version }: ClientSide,
  passage: Passage | null,
  way: Way | null,
  { status, bodyBytes, flag, attempts, fault, startedAt, now }: Ended,
): Access {
  const lines = head.text.slice(head.fieldsStart);
  return {
    client: peer,
    method: head.method,
    target: head.target,
    protocol: `HTTP/${HTTP_VERSIONS[version]}`,
    host: head.host,
    userAgent: fieldValue(lines, 'user-agent') ?? '',
    referer: fieldValue(lines, 'referer') ?? '',
    requestId: way?.requestId ?? head.requestId,
    traceparent: way?.traceparent ?? '',
    status,
    bodyBytes,
    caller: listener.caller,
    callee: way?.lane.callee ?? '',
    route: passage?.rule?.label ?? '',
    instance: way?.instance ?? '',
    attempts,
    flag,
    fault,
    ...timesOf(way ?? { startedAt, sentAt: 0, headAt: 0, connectMs: 0 }, now),
  };
}
