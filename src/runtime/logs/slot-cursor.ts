/**
 * Reads one slot's files as one stream of lines, oldest first, through rotations that happen meanwhile. Owns the open
 * segments. A file that is renamed or deleted while open is still read to its end.
 */
import { stat } from 'node:fs/promises';
import { type LogFiles, type LogSlot, logPath } from './file-names.ts';
import { isPlain, type Matcher } from './grep.ts';
import { fromBytes, PREFIX_BYTES } from './line-format.ts';
import { type ReadStats, Segment, startsLine } from './segment.ts';

/** Where reading begins and ends; times as on disk. */
export interface Range {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly last?: number | undefined;
  /** `last` counts the lines that match. */
  readonly matcher?: Matcher | undefined;
}

export class SlotCursor {
  readonly slot: LogSlot;
  readonly #dir: string;
  readonly #matcher: Matcher | undefined;
  readonly #stats: ReadStats;
  /** Oldest first; the first one is being read. */
  #segments: Segment[] = [];

  private constructor(dir: string, slot: LogSlot, matcher: Matcher | undefined, stats: ReadStats) {
    this.#dir = dir;
    this.slot = slot;
    this.#matcher = matcher;
    this.#stats = stats;
  }

  static async open(dir: string, files: LogFiles | LogSlot, range: Range, stats: ReadStats): Promise<SlotCursor> {
    const cursor = new SlotCursor(dir, { service: files.service, replica: files.replica }, range.matcher, stats);
    cursor.#segments = await cursor.#openNewerThan(undefined);
    await cursor.#limit(range);
    return cursor;
  }

  /** The next whole lines, '' when there are none now. Those that cannot match may be left out. */
  async next(): Promise<string> {
    while (true) {
      const [first, second] = this.#segments;
      if (!first) return '';
      const text = await first.next(second !== undefined, this.#matcher?.rulesOut);
      if (text !== '') {
        const wanted = this.#narrow(text);
        if (wanted !== '') return wanted;
        continue;
      }
      if (!second) return '';
      await first.close();
      this.#segments.shift();
    }
  }

  /** Picks up files that came after the last one. Call it when `next` gave nothing. */
  async refresh(): Promise<void> {
    const newest = this.#segments.at(-1);
    const current = await stat(logPath(this.#dir, this.slot)).catch(() => undefined);
    if (!current || current.ino === newest?.inode) return;
    this.#segments.push(...(await this.#openNewerThan(newest?.inode)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#segments.map((segment) => segment.close()));
    this.#segments = [];
  }

  /** Newest to oldest, so that a rotation meanwhile shows a file twice rather than not at all. */
  async #openNewerThan(inode: number | undefined): Promise<Segment[]> {
    const opened: Segment[] = [];
    for (let index = 0, absent = 0; absent < 2; index++) {
      const segment = await Segment.open(logPath(this.#dir, this.slot, index), this.#stats);
      if (!segment) absent++;
      else if (segment.inode === inode) {
        await segment.close();
        break;
      } else if (opened.some((other) => other.inode === segment.inode)) await segment.close();
      else opened.unshift(segment);
    }
    return opened;
  }

  /** Before the merge, which would go through all lines for the sake of few. */
  #narrow(text: string): string {
    return this.#matcher?.narrow && isPlain(text) ? this.#matcher.narrow(text) : text;
  }

  async #limit(range: Range): Promise<void> {
    if (range.until !== undefined) {
      for (const segment of this.#segments) segment.limit = await segment.seek(range.until);
    }
    if (range.since !== undefined) await this.#skipBefore(range.since);
    if (range.last !== undefined) await this.#skipToLast(range.last, range.matcher);
  }

  async #skipBefore(since: string): Promise<void> {
    for (const segment of this.#segments) {
      segment.position = await segment.seek(since);
      if (segment.position < (await segment.size())) break;
    }
  }

  async #skipToLast(count: number, matcher: Matcher | undefined): Promise<void> {
    let missing = count;
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const segment = this.#segments[index]!;
      const floor = segment.position;
      const size = await segment.size();
      if (missing <= 0) segment.position = size;
      if (segment.position >= size) continue;
      for await (const { text, offset } of segment.backwards(size, floor, matcher?.rulesOut)) {
        const starts = lineStarts(text, matcher);
        if (starts.length >= missing) {
          segment.position = Math.max(floor, offset + starts[starts.length - missing]!);
          missing = 0;
          break;
        }
        missing -= starts.length;
      }
    }
  }
}

/** Where the (matching) lines of a block start. A line in pieces counts by its beginning: rather too few than too many. */
function lineStarts(text: string, matcher: Matcher | undefined): number[] {
  const starts: number[] = [];
  if (matcher?.narrow && isPlain(text) && matcher.narrow(text) === '') return starts;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    if (end < 0) break;
    if (startsLine(text, at) && (!matcher || matcher.matches(fromBytes(text.slice(at + PREFIX_BYTES, end))))) {
      starts.push(at);
    }
    at = end + 1;
  }
  return starts;
}
