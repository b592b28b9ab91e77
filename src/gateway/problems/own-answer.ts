/** The gateway's own answers as their client can read them: a problem as gRPC where it asked in gRPC. Pure but for the date. */
import type { ClientSide } from '../exchange/client-side.ts';
import { fieldValue } from '../http/fields.ts';
import type { PlainAnswer } from '../stages/stage.ts';
import { renderGrpcProblem } from './grpc.ts';
import { httpDate } from './http-date.ts';
import type { Problem } from './problems.ts';
import { renderProblem } from './render.ts';

/** @returns the whole answer, in ASCII, as far as the request's head was understood */
export function ownAnswer(problem: Problem, client: ClientSide, keepAlive: boolean): string {
  const { head } = client;
  const lines = head.text.slice(head.fieldsStart);
  const via = client.listener.via(client.version);
  if (client.isGrpc) return renderGrpcProblem(problem, { fields: lines, close: !keepAlive, via });
  return renderProblem(problem, {
    accept: fieldValue(lines, 'accept') ?? '',
    isHead: head.method === 'HEAD',
    path: head.target,
    close: !keepAlive,
    sayKeepAlive: keepAlive && head.minor === 0,
    via,
  });
}

/** @returns the whole answer */
export function plainAnswer(answer: PlainAnswer, client: ClientSide, keepAlive: boolean): string {
  const { head, listener, version } = client;
  const hop = keepAlive ? (head.minor === 0 ? 'Connection: keep-alive\r\n' : '') : 'Connection: close\r\n';
  // What the route puts into answers goes first.
  const date = fieldValue(answer.lines, 'date') === undefined ? `Date: ${httpDate()}\r\n` : '';
  return `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${date}${answer.lines}${listener.via(version)}${hop}\r\n`;
}
