/** The logs of a project as records, with or without an engine running. Owns nothing; never writes. */
import { type Matcher, matcherOf } from './grep.ts';
import { levelFilter, withLevel } from './level-filter.ts';
import { type LogRecord, Records } from './records.ts';
import { type LogQuery, stretches } from './stretches.ts';

export { type LogFiles, type LogSlot, logFiles, removeLogs } from './file-names.ts';
export type { LogRecord } from './records.ts';
export type { LogQuery } from './stretches.ts';

/** Records in one batch, about. */
const BATCH = 2000;

/**
 * Batches of records in order of time; the order within a slot is the order in which its lines were written. With
 * `follow` it ends only by `signal` or by leaving the loop; a line without an end is then given out after a moment, and
 * what comes of it later is another record. A line that was set back in time by the clock may fall out of the range.
 */
export async function* readLogs(query: LogQuery): AsyncGenerator<LogRecord[]> {
  const matcher = query.grep === undefined ? undefined : matcherOf(query.grep);
  const records = new Records();
  let first: LogRecord[] | undefined = query.last === undefined ? undefined : [];
  const isGrave = query.level === undefined ? undefined : levelFilter(query.level);
  for await (const step of stretches(query, withLevel(matcher, query.level), () => records.hasOpen)) {
    if (step === 'caught-up' && query.follow !== true) break;
    if (step === 'caught-up') {
      if (first) yield* batches(lastOf(first, query.last!));
      first = undefined;
      continue;
    }
    const batch = filtered(query, matcher, step === 'idle' ? records.takeOpen() : records.decode(step), isGrave);
    if (!first) {
      if (batch.length > 0) yield batch;
      continue;
    }
    for (const record of batch) first.push(record);
    if (first.length > 2 * query.last! + BATCH) first = lastOf(first, query.last!);
  }
  if (query.follow) return;
  const rest = filtered(query, matcher, records.takeOpen(), isGrave);
  yield* batches(first ? lastOf([...first, ...rest], query.last!) : rest);
}

/** The range is asked again for each record: the search by time is right up to a clock that was set back. */
export function filtered(
  query: LogQuery,
  matcher: Matcher | undefined,
  all: LogRecord[],
  isGrave?: (record: LogRecord) => boolean,
): LogRecord[] {
  const batch = isGrave ? all.filter(isGrave) : all;
  const { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = query;
  const isRanged = query.sinceMs !== undefined || query.untilMs !== undefined;
  if (!isRanged && !matcher && query.notes !== false) return batch;
  return batch.filter(
    ({ time, line, stream }) =>
      time >= sinceMs &&
      time < untilMs &&
      (query.notes !== false || stream !== 'msvc') &&
      (matcher === undefined || matcher.matches(line)),
  );
}

export function lastOf<T>(items: T[], count: number): T[] {
  return count <= 0 ? [] : items.slice(-count);
}

function* batches(records: LogRecord[]): Generator<LogRecord[]> {
  for (let at = 0; at < records.length; at += BATCH) yield records.slice(at, at + BATCH);
}
