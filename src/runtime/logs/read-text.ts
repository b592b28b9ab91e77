/**
 * The logs of a project as text ready to be printed, for followers of a flood: most blocks go from the file to the output
 * in one pass, without an object for each line. Gives the same lines as `readLogs`.
 */
import { isUtf8 } from 'node:buffer';
import { safeAnsi, stripAnsi } from './ansi.ts';
import type { LogSlot } from './file-names.ts';
import { matcherOf } from './grep.ts';
import { levelFilter, withLevel } from './level-filter.ts';
import { type LogStream, MARK_AT, PREFIX_BYTES, STREAM_AT, TIME_BYTES, timeStamp } from './line-format.ts';
import type { Stretch } from './merge.ts';
import { filtered, lastOf } from './read.ts';
import { type LogRecord, Records } from './records.ts';
import { type LogQuery, stretches } from './stretches.ts';

export interface TextQuery extends LogQuery {
  /** What stands before each line, `catalog.1 | `; may be coloured. Asked for often: keep it quick. */
  readonly label: (slot: LogSlot, stream: LogStream) => string;
  /** ISO time between label and text. */
  readonly timestamps?: boolean;
  /** The output is a terminal: colours are kept, and made safe. */
  readonly colour: boolean;
}

/** Whole lines in UTF-8, in the order of `readLogs`. */
export async function* readLogText(query: TextQuery): AsyncGenerator<Buffer> {
  const matcher = query.grep === undefined ? undefined : matcherOf(query.grep);
  const records = new Records();
  let first: LogRecord[] | undefined = query.last === undefined ? undefined : [];
  const isGrave = query.level === undefined ? undefined : levelFilter(query.level);
  for await (const step of stretches(query, withLevel(matcher, query.level), () => records.hasOpen)) {
    if (step === 'caught-up') {
      if (first) yield formatted(query, lastOf(query.follow ? first : [...first, ...rest()], query.last!));
      else if (!query.follow) yield formatted(query, rest());
      first = undefined;
      continue;
    }
    if (step !== 'idle' && !matcher && !isGrave && !first && !records.hasOpen) {
      const quick = relabelled(query, step);
      if (quick) {
        yield quick;
        continue;
      }
    }
    const batch = filtered(query, matcher, step === 'idle' ? records.takeOpen() : records.decode(step), isGrave);
    if (first) {
      for (const record of batch) first.push(record);
      if (first.length > 2 * query.last! + 2000) first = lastOf(first, query.last!);
    } else if (batch.length > 0) yield formatted(query, batch);
  }

  function rest(): LogRecord[] {
    return filtered(query, matcher, records.takeOpen(), isGrave);
  }
}

const UNUSUAL = /[^\t\n\x20-\x7e]/;
const CONTROL = 1;
const HIGH = 2;
/** What each byte means for the quick way. */
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return HIGH;
  return (byte < 0x20 && byte !== 0x09 && byte !== 0x0a) || byte === 0x7f ? CONTROL : 0;
});
const NEWLINE = 10;
const SPACE = 0x20;

/** @returns undefined when there is something in it that has to be looked at line by line. */
function relabelled(query: TextQuery, { slot, text }: Stretch): Buffer | undefined {
  const input = Buffer.from(text, 'latin1');
  if (UNUSUAL.test(text) && !isHarmless(input)) return undefined;
  const out = Buffer.from(query.label(slot, 'stdout'));
  const err = Buffer.from(query.label(slot, 'stderr'));
  const since = query.sinceMs === undefined ? undefined : Buffer.from(timeStamp(query.sinceMs));
  const until = query.untilMs === undefined ? undefined : Buffer.from(timeStamp(query.untilMs));
  // Most room is needed when every line is empty.
  let output = Buffer.allocUnsafe(input.length + Math.ceil(input.length / 64) * Math.max(out.length, err.length));
  let filled = 0;
  for (let at = 0; at < input.length; ) {
    const end = input.indexOf(NEWLINE, at) + 1;
    const stream = input[at + STREAM_AT]! | 0x20;
    const isOurs = end - at > PREFIX_BYTES && input[at + TIME_BYTES - 1] === 0x5a && input[at + MARK_AT] === SPACE;
    if (!isOurs || (stream !== 0x6f && stream !== 0x65)) return undefined;
    if (
      (since && input.compare(since, 0, TIME_BYTES, at, at + TIME_BYTES) < 0) ||
      (until && input.compare(until, 0, TIME_BYTES, at, at + TIME_BYTES) >= 0)
    ) {
      at = end;
      continue;
    }
    const label = stream === 0x6f ? out : err;
    const needed = filled + label.length + end - at;
    if (needed > output.length) output = Buffer.concat([output.subarray(0, filled)], needed * 2);
    filled += label.copy(output, filled);
    if (query.timestamps) filled += input.copy(output, filled, at, at + TIME_BYTES + 1);
    filled += input.copy(output, filled, at + PREFIX_BYTES, end);
    at = end;
  }
  return output.subarray(0, filled);
}

/** Valid UTF-8 without control characters (C1, `c2 80` to `c2 9f`, included). */
function isHarmless(input: Buffer): boolean {
  let kinds = 0;
  for (let at = 0; at < input.length; at++) kinds |= KIND[input[at]!]!;
  if (kinds & CONTROL) return false;
  return !(kinds & HIGH) || (isUtf8(input) && !/[\x80-\x9f]/.test(input.toString()));
}

function formatted(query: TextQuery, records: readonly LogRecord[]): Buffer {
  const clean = query.colour ? safeAnsi : stripAnsi;
  let text = '';
  for (const record of records) {
    const time = query.timestamps ? `${timeStamp(record.time)} ` : '';
    text += `${query.label(record, record.stream)}${time}${clean(record.line)}\n`;
  }
  return Buffer.from(text);
}
