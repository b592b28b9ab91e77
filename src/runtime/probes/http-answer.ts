/** Reads an HTTP/1 answer out of the bytes so far: the status, and enough of the body for a message. Pure. */

export type Answer =
  | { readonly kind: 'partial' }
  | { readonly kind: 'broken'; readonly detail: string }
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** At most 200 characters, one line; good only when `complete`. */
      readonly body: string;
      /** All of the body, or as much as will come, is there. */
      readonly complete: boolean;
    };

const BODY_CHARACTERS = 200;

const HEAD_END = Buffer.from('\r\n\r\n');
const FINAL = /^HTTP\/1\.[01] ([2-9]\d\d)/;
const STATUS_LINE_BYTES = 12;

/**
 * The common case without taking the text apart: the status of a final answer whose headers are all there.
 * @returns null when it takes a closer look
 */
export function statusOf(bytes: Buffer): number | null {
  const match = FINAL.exec(bytes.toString('latin1', 0, STATUS_LINE_BYTES));
  return match && bytes.includes(HEAD_END, STATUS_LINE_BYTES) ? Number(match[1]) : null;
}

/** Of an answer that says how long it is, and whose headers are all there: whether the rest is, too. */
export function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf(HEAD_END);
  const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  return length !== undefined && bytes.length - end - HEAD_END.length >= Number(length);
}

/** @param ended no more bytes will come */
export function readAnswer(bytes: Buffer, ended: boolean): Answer {
  const text = bytes.toString('latin1');
  const head = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r?\n/.exec(text);
  if (!head) {
    const waits = !ended && (!text.includes('\n') || text === '');
    if (waits) return { kind: 'partial' };
    return { kind: 'broken', detail: ended && text === '' ? 'closed without an answer' : 'the answer is not HTTP/1' };
  }
  const end = /\r?\n\r?\n/.exec(text);
  if (!end) return ended ? { kind: 'broken', detail: 'closed within the headers' } : { kind: 'partial' };
  const status = Number(head[1]);
  const bodyAt = end.index + end[0].length;
  // An interim answer: the real one follows.
  if (status < 200 && status !== 101) return readAnswer(bytes.subarray(bodyAt), ended);
  const headers = text.slice(head[0].length, end.index + 2).toLowerCase();
  const raw = bytes.subarray(bodyAt);
  const chunked = /^transfer-encoding:.*\bchunked/m.test(headers);
  const length = /^content-length:\s*(\d+)/m.exec(headers)?.[1];
  const body = chunked ? dechunk(raw) : { bytes: raw, done: length !== undefined && raw.length >= Number(length) };
  const line = body.bytes.toString('utf8').replace(/\s+/g, ' ').trim();
  return {
    kind: 'answer',
    status,
    body: line.length > BODY_CHARACTERS ? `${line.slice(0, BODY_CHARACTERS - 1)}…` : line,
    complete: ended || body.done || line.length >= BODY_CHARACTERS || status === 204 || status === 304,
  };
}

function dechunk(raw: Buffer): { bytes: Buffer; done: boolean } {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = raw.indexOf('\n', at);
    if (lineEnd === -1) break;
    const size = Number.parseInt(raw.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) return { bytes: Buffer.concat(parts), done: true };
    parts.push(raw.subarray(lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + 1 + size + 2;
    if (at > raw.length) break;
  }
  return { bytes: Buffer.concat(parts), done: false };
}
