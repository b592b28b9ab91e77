/** The head that goes to the client, and how the body after it is framed for this client (RFC 9112 6). */

import { fieldValue, withoutFields } from '../http/fields.ts';
import type { ResponseHead } from '../http/response-head.ts';
import { httpDate } from '../problems/http-date.ts';
import { changeFields, type FieldChange } from '../routes/compiled-route.ts';

export type BodyMode =
  /** As received. */
  | 'same'
  /** The upstream ends by closing, an HTTP/1.1 client gets chunks. */
  | 'encode'
  /** Data without framing, the end is the close. */
  | 'bare'
  /** The status has no content (RFC 9110 15.3.6): what comes is thrown away, and a length of 0 says so. */
  | 'none';

export interface Answer {
  readonly isHead: boolean;
  /** HTTP/1.1 client. */
  readonly modern: boolean;
  readonly keepAlive: boolean;
  readonly trailers: boolean;
  /** The gateway's own Via line. */
  readonly via: string;
  readonly replicaLine: string;
  readonly change: FieldChange | null;
}

function hasNoBody(status: number, isHead: boolean): boolean {
  return isHead || status === 204 || status === 304 || status < 200;
}

export function bodyMode(head: ResponseHead, isHead: boolean, modern: boolean): BodyMode {
  if (head.status === 205) return 'none';
  if (hasNoBody(head.status, isHead) || head.contentLength !== -1) return 'same';
  if (head.chunked) return modern ? 'same' : 'bare';
  return modern ? 'encode' : 'bare';
}

export function responseLines(head: ResponseHead, mode: BodyMode, answer: Answer): string {
  let { lines } = head;
  // RFC 9110 8.6: no Content-Length in a 204.
  const isEmpty = (head.status === 204 || mode === 'none') && head.contentLength !== -1;
  if (isEmpty || answer.change !== null) {
    let { fields } = head;
    if (isEmpty) fields = withoutFields(fields, CONTENT_LENGTH);
    if (answer.change !== null) fields = changeFields(fields, answer.change);
    lines = lines.slice(0, head.fieldsStart) + fields;
  }
  let hop = '';
  if (!hasNoBody(head.status, answer.isHead) && (mode === 'encode' || (mode === 'same' && head.chunked))) {
    hop = 'Transfer-Encoding: chunked\r\n';
    if (head.trailer !== '' && answer.trailers) hop += `Trailer: ${head.trailer}\r\n`;
  }
  if (mode === 'none') hop = 'Content-Length: 0\r\n';
  if (!answer.keepAlive) hop += 'Connection: close\r\n';
  else if (!answer.modern) hop += 'Connection: keep-alive\r\n';
  if (!head.hasDate && !decidesDate(answer.change)) hop += `Date: ${httpDate()}\r\n`;
  if (hop !== '') lines += hop;
  return `${lines}${answer.via}${answer.replicaLine}\r\n`;
}

/** RFC 9110 6.6.1: who passes on an answer without Date adds one; unless the route says what is to become of it. */
function decidesDate(change: FieldChange | null): boolean {
  return change !== null && (change.remove.has('date') || fieldValue(change.lines, 'date') !== undefined);
}

const CONTENT_LENGTH: ReadonlySet<string> = new Set(['content-length']);

/** RFC 9110 8.6: no Content-Length in a 1xx either. */
function linesWithoutLength(head: ResponseHead): string {
  if (head.contentLength === -1) return head.lines;
  return head.lines.slice(0, head.fieldsStart) + withoutFields(head.fields, CONTENT_LENGTH);
}

/** 1xx: relayed as it is, without what belongs to one hop. */
export function informationalLines(head: ResponseHead): string {
  return `${linesWithoutLength(head)}\r\n`;
}

/** 101: the one response that carries Upgrade. */
export function switchingLines(head: ResponseHead, answer: Pick<Answer, 'via' | 'replicaLine'>): string {
  const lines = linesWithoutLength(head);
  return `${lines}Connection: Upgrade\r\nUpgrade: websocket\r\n${answer.via}${answer.replicaLine}\r\n`;
}
