/**
 * Several slots' lines as one sequence in order of time. Each slot's own order is kept whatever its clock did. Works on
 * stretches of lines rather than on lines: where nobody else has anything older, a whole block passes untouched.
 */
import type { LogSlot } from './file-names.ts';
import { MARK, MARK_AT, PREFIX_BYTES, TIME_BYTES } from './line-format.ts';
import type { SlotCursor } from './slot-cursor.ts';
import { continuesLine } from './trace-lines.ts';

/** Whole lines of one slot as they are on disk, one character a byte. */
export interface Stretch {
  readonly slot: LogSlot;
  readonly text: string;
}

interface Head {
  readonly cursor: SlotCursor;
  text: string;
  at: number;
  blocks: number;
}

/** Lines of a trace that may be drawn forward, and of the same minute: what is indented on and on is no trace. */
const TRACE_LINES = 200;
const MINUTE_BYTES = 16;
/** Space, tab, and the first letters of `Caused by` and `Traceback`: most lines need no closer look. */
const CONTINUATION_CODES: ReadonlySet<number> = new Set([0x20, 0x09, 0x43, 0x54]);
/** Blocks that one slot may give in a turn. */
const TURN_BLOCKS = 8;

/**
 * Ends when no cursor has anything more now. With `unfinished` it is one turn, in which each gives a bounded part and
 * those that may have more are added to the set: else a flood in one would keep a follower from ever seeing the rest.
 */
export async function* merge(cursors: Iterable<SlotCursor>, unfinished?: Set<SlotCursor>): AsyncGenerator<Stretch> {
  let heads: Head[] = [];
  for (const cursor of cursors) heads.push({ cursor, text: '', at: 0, blocks: 0 });
  while (true) {
    await Promise.all(heads.filter((head) => head.at >= head.text.length).map((head) => fill(head, unfinished)));
    heads = heads.filter((head) => head.text !== '');
    if (heads.length === 0) return;
    // Until one of them has to be filled again.
    while (heads.every((head) => head.at < head.text.length)) yield takeOldest(heads);
  }
}

/** @param unfinished of a turn: takes those that have had their part of it */
async function fill(head: Head, unfinished: Set<SlotCursor> | undefined): Promise<void> {
  head.at = 0;
  if (unfinished && head.blocks >= TURN_BLOCKS) {
    unfinished.add(head.cursor);
    head.text = '';
    return;
  }
  head.text = await head.cursor.next();
  head.blocks++;
}

function takeOldest(heads: readonly Head[]): Stretch {
  let oldest = heads[0]!;
  let oldestStamp = stampAt(oldest);
  let limit: string | undefined;
  for (let index = 1; index < heads.length; index++) {
    const head = heads[index]!;
    const stamp = stampAt(head);
    if (stamp < oldestStamp) {
      limit = oldestStamp;
      oldest = head;
      oldestStamp = stamp;
    } else if (limit === undefined || stamp < limit) limit = stamp;
  }
  const from = oldest.at;
  oldest.at = limit === undefined ? oldest.text.length : endOfStretch(oldest.text, from, oldestStamp, limit);
  oldest.at = endOfTrace(oldest.text, oldest.at);
  return { slot: oldest.cursor.slot, text: oldest.text.slice(from, oldest.at) };
}

function stampAt(head: Head): string {
  return head.text.slice(head.at, head.at + TIME_BYTES);
}

function endOfStretch(text: string, from: number, stamp: string, limit: string): number {
  let passed = stamp;
  let at = from;
  do {
    at = text.indexOf('\n', at) + 1;
    if (!text.startsWith(passed, at)) passed = text.slice(at, at + TIME_BYTES);
  } while (at < text.length && passed <= limit);
  return at;
}

/** Frames of a trace that were written a little later stay with their line, whatever others wrote in between. */
function endOfTrace(text: string, from: number): number {
  let at = from;
  for (let count = 0; count < TRACE_LINES && at < text.length; count++) {
    const end = text.indexOf('\n', at);
    if (!CONTINUATION_CODES.has(text.charCodeAt(at + PREFIX_BYTES)) && at === from) break;
    // The rest of a line is no line, whatever it begins with.
    if (text[at + MARK_AT] === MARK.middle || text[at + MARK_AT] === MARK.end) break;
    const line = text.slice(at + PREFIX_BYTES, end);
    const before = at === from ? undefined : ' ';
    if (text.slice(at, at + MINUTE_BYTES) !== text.slice(from, from + MINUTE_BYTES)) break;
    if (!continuesLine(line, before)) break;
    at = end + 1;
  }
  return at;
}
