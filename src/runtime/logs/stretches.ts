/**
 * The lines of the wanted slots in the wanted range, merged, and with `follow` what is written from then on. Owns the
 * open cursors. Knows nothing of what lines mean; `read.ts` and `read-text.ts` make something of them.
 */
import { Changes } from './changes.ts';
import { type LogSlot, logFiles, parseLogName } from './file-names.ts';
import type { Matcher } from './grep.ts';
import type { Level } from './level.ts';
import { timeStamp } from './line-format.ts';
import { merge, type Stretch } from './merge.ts';
import type { ReadStats } from './segment.ts';
import { SlotCursor } from './slot-cursor.ts';

export interface LogQuery {
  /** Folder of the log files. */
  readonly dir: string;
  /** Absent: all. Without `replica`: every replica of it, also those that come later. */
  readonly services?: readonly { readonly service: string; readonly replica?: number }[] | undefined;
  /** Inclusive. */
  readonly sinceMs?: number | undefined;
  /** Exclusive. */
  readonly untilMs?: number | undefined;
  /** Of all wanted slots together, after `grep`. With `follow`, of what is there at the beginning. */
  readonly last?: number | undefined;
  /** A text to be contained, or a regular expression to match; escape sequences do not count. */
  readonly grep?: RegExp | string | undefined;
  /** From this level on; what continues a line goes with it. */
  readonly level?: Level | undefined;
  /** false: without msvc's own lines. */
  readonly notes?: boolean | undefined;
  readonly follow?: boolean | undefined;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Ends a `follow` once all that is written by then is out. */
  readonly finish?: AbortSignal | undefined;
  /** Counts what is read from the disk. */
  readonly stats?: ReadStats | undefined;
}

/** `caught-up`: all that was there is out. `idle`: while following, nothing came for a moment. */
export type Step = Stretch | 'caught-up' | 'idle';

/** How long a follower waits for the rest of a line before it is told `idle`. */
const IDLE_MS = 300;

export async function* stretches(
  query: LogQuery,
  matcher: Matcher | undefined,
  isWaiting: () => boolean,
): AsyncGenerator<Step> {
  const { dir, signal, finish, stats = { bytes: 0 } } = query;
  const cursors = new Map<string, SlotCursor>();
  const wake = AbortSignal.any([signal, finish].filter((one) => one !== undefined));
  const changes = query.follow ? new Changes(dir, wake) : undefined;
  const range = {
    since: query.sinceMs === undefined ? undefined : timeStamp(query.sinceMs),
    until: query.untilMs === undefined ? undefined : timeStamp(query.untilMs),
  };
  try {
    await changes?.start();
    for (const files of await logFiles(dir)) {
      if (!isWanted(query, files)) continue;
      cursors.set(keyOf(files), await SlotCursor.open(dir, files, { ...range, last: query.last, matcher }, stats));
    }
    for await (const stretch of merge(cursors.values())) {
      if (signal?.aborted) return;
      yield stretch;
    }
    yield 'caught-up';
    let unfinished = new Set<SlotCursor>();
    while (changes && !signal?.aborted) {
      const isLast = finish?.aborted === true && unfinished.size === 0;
      const changed = isLast
        ? 'all'
        : unfinished.size > 0
          ? changes.take()
          : await changes.next(isWaiting() ? IDLE_MS : undefined);
      if (signal?.aborted) return;
      if (changed !== 'all' && changed.size === 0 && unfinished.size === 0) {
        yield 'idle';
        continue;
      }
      const slots = changed === 'all' ? await logFiles(dir) : [...changed].map(parseLogName).filter((slot) => !!slot);
      const dirty = unfinished;
      unfinished = new Set();
      // Several files may be of one slot.
      const touched = new Set<SlotCursor>();
      for (const slot of slots) {
        if (!isWanted(query, slot)) continue;
        let cursor = cursors.get(keyOf(slot));
        if (!cursor) {
          cursor = await SlotCursor.open(dir, slot, { ...range, matcher }, stats);
          cursors.set(keyOf(slot), cursor);
        }
        touched.add(cursor);
      }
      await Promise.all([...touched].map((cursor) => cursor.refresh()));
      for (const cursor of touched) dirty.add(cursor);
      for await (const stretch of merge(dirty, unfinished)) {
        if (signal?.aborted) return;
        yield stretch;
      }
      if (isLast && unfinished.size === 0) {
        yield 'idle';
        return;
      }
    }
  } finally {
    changes?.stop();
    await Promise.all([...cursors.values()].map((cursor) => cursor.close()));
  }
}

function isWanted(query: LogQuery, slot: LogSlot): boolean {
  if (!query.services) return true;
  return query.services.some(
    (wanted) => wanted.service === slot.service && (wanted.replica === undefined || wanted.replica === slot.replica),
  );
}

function keyOf(slot: LogSlot): string {
  return `${slot.service}.${slot.replica}`;
}
