/**
 * The logs of a project as text ready to be printed, for followers of a flood: most blocks go from the file to the output
 * in one pass, without an object for each line. Gives the same lines as `readLogs`.
 */
import { isUtf8 } from 'node:buffer';
import { safeAnsi, stripAnsi } from './ansi.ts';
import type { LogSlot } from './file-names.ts';
import { isPlain, matcherOf } from './grep.ts';
import { isHigh, type LogStream, timeStamp, toBytes } from './line-format.ts';
import type { Stretch } from './merge.ts';
import { decode, filtered, lastOf } from './read.ts';
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
  for await (const step of stretches(query, matcher, () => records.hasOpen)) {
    if (step === 'caught-up') {
      if (first) yield formatted(query, lastOf(query.follow ? first : [...first, ...rest()], query.last!));
      else if (!query.follow) yield formatted(query, rest());
      first = undefined;
      continue;
    }
    const isWhole = query.sinceMs === undefined && query.untilMs === undefined && !matcher && !first;
    if (step !== 'idle' && isWhole && !records.hasOpen && isSimple(step.text)) {
      yield relabelled(query, step);
      continue;
    }
    const batch = filtered(query, matcher, step === 'idle' ? records.takeOpen() : decode(records, step, matcher));
    if (first) {
      for (const record of batch) first.push(record);
      if (first.length > 2 * query.last! + 2000) first = lastOf(first, query.last!);
    } else if (batch.length > 0) yield formatted(query, batch);
  }

  function rest(): LogRecord[] {
    return filtered(query, matcher, records.takeOpen());
  }
}

const PREFIXES = /\n(\d{4}-.{18}Z) ([oeOE]) /g;
const CONTROL_OR_NOTE = /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|Z [mM] /;

/** Nothing in it needs to be looked at line by line. */
function isSimple(text: string): boolean {
  return !CONTROL_OR_NOTE.test(text) && isPlain(text) && (!isHigh(text) || isUtf8(Buffer.from(text, 'latin1')));
}

function relabelled(query: TextQuery, { slot, text }: Stretch): Buffer {
  const out = toBytes(query.label(slot, 'stdout'));
  const err = toBytes(query.label(slot, 'stderr'));
  const lines = `\n${text}`;
  let labelled: string;
  if (out === err) {
    labelled = lines.replace(PREFIXES, `\n${out.replaceAll('$', '$$$$')}${query.timestamps ? '$1 ' : ''}`);
  } else {
    labelled = lines.replace(PREFIXES, (_prefix, time: string, stream: string) => {
      const label = stream === 'o' || stream === 'O' ? out : err;
      return query.timestamps ? `\n${label}${time} ` : `\n${label}`;
    });
  }
  return Buffer.from(labelled, 'latin1').subarray(1);
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
