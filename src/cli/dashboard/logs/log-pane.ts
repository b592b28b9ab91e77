/**
 * What part of the logs is looked at: following the end, or standing still around a cursor. Owns the cursor, the
 * selection, the search and the filter; draws rows from the store, only those that are seen.
 *
 * While it follows there is no cursor; the first step upwards puts one on the last line and stands still, whatever
 * comes meanwhile.
 */
import { requiredWord } from '../../../runtime/logs/grep.ts';
import { isAtLeast } from '../../../runtime/logs/level.ts';
import { levelOfLine } from '../../../runtime/logs/structured.ts';
import { continuesLine } from '../../../runtime/logs/trace-lines.ts';
import type { Style } from '../../style.ts';
import { EVERYTHING, LogFilter, type Wanted } from './log-filter.ts';
import { type LogLook, logRows, plainText } from './log-rows.ts';
import type { LogStore } from './log-store.ts';

export interface PaneLook {
  readonly style: Style;
  readonly labelWidth: number;
  readonly colourOf: LogLook['colourOf'];
  readonly labels: boolean;
  readonly timestamps: boolean;
  readonly wrap: boolean;
  readonly unfolded: boolean;
}

/** For a search of a filter that is not complete, and for `n` over all that is kept. */
const SEARCH_MS = 30;
const ADVANCE_MS = 12;

export class LogPane {
  readonly store: LogStore;
  look: PaneLook;
  search: RegExp | undefined;
  #filter: LogFilter;
  #width = 80;
  #height = 20;
  #cursor: number | null = null;
  #mark: number | null = null;
  /** The first row that is shown, while standing still. */
  #top: { line: number; skip: number } = { line: 0, skip: 0 };
  #lastShown: number | null = null;

  constructor(store: LogStore, look: PaneLook) {
    this.store = store;
    this.look = look;
    this.#filter = new LogFilter(store, EVERYTHING);
  }

  get isFollowing(): boolean {
    return this.#cursor === null;
  }

  get isSelecting(): boolean {
    return this.#mark !== null;
  }

  get wanted(): Wanted {
    return this.#filter.wanted;
  }

  get count(): number {
    return this.#filter.count;
  }

  get isComplete(): boolean {
    return this.#filter.isComplete;
  }

  /** Wanted lines that came after the last one shown. */
  get below(): number {
    return this.#lastShown === null ? 0 : this.#filter.countFrom(this.#lastShown + 1);
  }

  /** Asks for other lines; the cursor stays where it was, or near it. */
  want(change: Partial<{ -readonly [K in keyof Wanted]: Wanted[K] | undefined }>): void {
    const wanted = { ...this.#filter.wanted, ...change } as Wanted;
    this.#filter = new LogFilter(this.store, wanted);
    this.#filter.advance(SEARCH_MS);
  }

  resize(width: number, height: number): void {
    this.#width = Math.max(10, width);
    this.#height = Math.max(1, height);
  }

  /** Takes in what came. @returns whether there is more to look through */
  advance(): boolean {
    this.#filter.advance(ADVANCE_MS);
    return !this.#filter.isComplete;
  }

  rows(): string[] {
    const rows = this.#cursor === null ? this.#following() : this.#standing();
    if (rows.length === 0) rows.push(this.look.style.dim(` ${this.#whyEmpty()}`));
    while (rows.length < this.#height) rows.push('');
    return rows;
  }

  #whyEmpty(): string {
    const { level, pattern } = this.#filter.wanted;
    if (!this.#filter.isComplete) return 'looking …';
    return level || pattern ? 'no line fits' : 'nothing was written so far';
  }

  follow(): void {
    this.#cursor = null;
    this.#mark = null;
  }

  move(lines: number): void {
    if (this.#cursor === null) {
      if (lines >= 0) return;
      const last = this.#filter.before(this.store.end);
      if (last === undefined) return;
      this.#top = this.#topFor(last);
      this.#cursor = last;
    }
    let at = this.#clamp(this.#cursor);
    for (let step = 0; step < Math.abs(lines); step++) {
      const next = lines < 0 ? this.#filter.before(at) : this.#filter.atOrAfter(at + 1);
      if (next === undefined) {
        if (lines > 0 && this.#mark === null) {
          this.follow();
          return;
        }
        break;
      }
      at = next;
    }
    this.#cursor = at;
    this.#show(at);
  }

  page(pages: number): void {
    this.move(Math.sign(pages) * Math.max(1, Math.floor(Math.abs(pages) * (this.#height - 1))));
  }

  home(): void {
    const first = this.#filter.atOrAfter(this.store.first);
    if (first === undefined) return;
    this.#cursor = first;
    this.#top = { line: first, skip: 0 };
  }

  /** To the first line at that time or later; to the end when there is none. */
  jumpTo(timeMs: number): void {
    let low = this.store.first;
    let high = this.store.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.store.line(middle)?.time ?? 0) < timeMs) low = middle + 1;
      else high = middle;
    }
    const found = this.#filter.atOrAfter(low);
    if (found === undefined) {
      this.follow();
      return;
    }
    this.#cursor = found;
    this.#top = { line: found, skip: 0 };
  }

  /** @returns whether there is a match in that direction: up from the end or the cursor, or down. */
  find(direction: 'up' | 'down', includeCursor = false): boolean {
    const { search } = this;
    if (!search) return false;
    const word = Buffer.from(requiredWord(search.source), 'utf8');
    const skipWord = word.length > 1 && !search.ignoreCase ? word : null;
    const start = this.#cursor ?? this.store.end;
    let at = includeCursor && this.#cursor !== null ? this.#clamp(start) : this.#step(start, direction);
    let block = at === undefined ? undefined : this.store.blockAround(at);
    let isWorth = true;
    let checked: number | undefined;
    while (at !== undefined) {
      if (!block || at < block.first || at >= block.end) block = this.store.blockAround(at);
      if (block && checked !== block.first) {
        checked = block.first;
        isWorth = skipWord === null || block.has(skipWord);
      }
      if (block && !isWorth) {
        at = direction === 'up' ? this.#filter.before(block.first) : this.#filter.atOrAfter(block.end);
        continue;
      }
      const line = this.store.line(at);
      if (line && search.test(plainText(line))) {
        this.#cursor = at;
        this.#show(at, true);
        return true;
      }
      at = this.#step(at, direction);
    }
    return false;
  }

  /** To the next line of that gravity. */
  findGrave(direction: 'up' | 'down'): boolean {
    let at = this.#step(this.#cursor ?? this.store.end, direction);
    for (; at !== undefined; at = this.#step(at, direction)) {
      const line = this.store.line(at);
      if (!line || !isAtLeast(levelOfLine(plainText(line)), 'error')) continue;
      this.#cursor = at;
      this.#show(at, true);
      return true;
    }
    return false;
  }

  /** Begins a selection at the cursor, or ends it. */
  select(): void {
    if (this.#mark !== null) {
      this.#mark = null;
      return;
    }
    if (this.#cursor === null) this.move(-1);
    this.#mark = this.#cursor;
  }

  /** The selection; without one the entry under the cursor; while following, what is seen. */
  copied(): readonly string[] {
    if (this.#cursor === null) return this.#texts(this.#firstShown(), (this.#lastShown ?? -1) + 1);
    if (this.#mark !== null) {
      return this.#texts(Math.min(this.#mark, this.#cursor), Math.max(this.#mark, this.#cursor) + 1);
    }
    return this.#texts(this.#cursor, this.#endOfEntry(this.#cursor));
  }

  /** Every wanted line with its label, for a pager or an editor. */
  *lines(): Generator<string> {
    const { labels } = this.look;
    for (let at = this.#filter.atOrAfter(0); at !== undefined; at = this.#filter.atOrAfter(at + 1)) {
      const line = this.store.line(at);
      if (!line) continue;
      const time = new Date(line.time).toISOString();
      yield `${time} ${labels ? `${line.service}.${line.replica} | ` : ''}${plainText(line)}`;
    }
  }

  /** Which wanted line the cursor is on, for a pager to open at; 1-based. */
  cursorRow(): number | null {
    if (this.#cursor === null) return null;
    let row = 1;
    for (let at = this.#filter.atOrAfter(0); at !== undefined && at < this.#cursor; row++) {
      at = this.#filter.atOrAfter(at + 1);
    }
    return row;
  }

  /** Puts the cursor on what stands in that row of the last frame. */
  click(row: number): void {
    const at = this.#rowLines[row];
    if (at !== undefined) this.#cursor = at;
    if (this.#cursor !== null) this.#top = { line: this.#rowLines[0] ?? this.#cursor, skip: 0 };
  }

  /** The line of each row of the last frame. */
  #rowLines: number[] = [];

  #following(): string[] {
    const groups: { line: number; rows: string[] }[] = [];
    let height = 0;
    let at = this.#filter.before(this.store.end);
    this.#lastShown = at ?? null;
    for (; at !== undefined && height < this.#height; at = this.#filter.before(at)) {
      const rows = this.#rowsOf(at);
      groups.unshift({ line: at, rows });
      height += rows.length;
    }
    const lines = groups.flatMap(({ line, rows }) => rows.map(() => line));
    this.#rowLines = lines.slice(-this.#height);
    return groups.flatMap(({ rows }) => rows.map((row) => ` ${row}`)).slice(-this.#height);
  }

  #standing(): string[] {
    const rows: string[] = [];
    const lines: number[] = [];
    this.#lastShown = null;
    let at = this.#filter.atOrAfter(this.#top.line);
    let skip = at === this.#top.line ? this.#top.skip : 0;
    while (at !== undefined && rows.length < this.#height) {
      this.#lastShown = at;
      for (const row of this.#rowsOf(at).slice(skip)) {
        rows.push(this.#pointed(at, row));
        lines.push(at);
      }
      skip = 0;
      at = this.#filter.atOrAfter(at + 1);
    }
    this.#rowLines = lines.slice(0, this.#height);
    return rows.slice(0, this.#height);
  }

  /** The cursor is a sign at the left edge, the selection is in reverse. */
  #pointed(line: number, row: string): string {
    const cursor = this.#cursor ?? -1;
    const isSelected =
      this.#mark !== null && line >= Math.min(this.#mark, cursor) && line <= Math.max(this.#mark, cursor);
    const sign = line === cursor ? '▌' : ' ';
    return isSelected ? `${sign}\x1b[7m${row.replaceAll('\x1b[0m', '\x1b[0m\x1b[7m')}\x1b[27m` : sign + row;
  }

  #rowsOf(number: number): string[] {
    const line = this.store.line(number);
    if (!line) return [];
    // One column is the cursor's, whether there is one or not: nothing may shift when it comes.
    return logRows(line, { ...this.look, width: this.#width - 1, search: this.search });
  }

  #step(from: number, direction: 'up' | 'down'): number | undefined {
    return direction === 'up' ? this.#filter.before(from) : this.#filter.atOrAfter(from + 1);
  }

  #clamp(number: number): number {
    return this.#filter.atOrAfter(number) ?? this.#filter.before(number) ?? number;
  }

  #firstShown(): number {
    return this.#rowLines[0] ?? 0;
  }

  /** Scrolls as little as needed; `centred` when it came from far. */
  #show(line: number, centred = false): void {
    if (this.#rowLines.includes(line) && line >= this.#top.line) {
      const last = this.#rowLines.lastIndexOf(line);
      const isWhole = this.#rowLines.filter((shown) => shown === line).length >= this.#rowsOf(line).length;
      if ((isWhole || last < this.#height - 1) && !centred) return;
      if (isWhole) return;
    }
    if (!centred && line < this.#top.line) this.#top = { line, skip: 0 };
    else this.#top = this.#topFor(line, centred ? Math.floor(this.#height / 2) : 0);
  }

  /** Where to begin so that `line` ends `below` rows above the bottom. */
  #topFor(line: number, below = 0): { line: number; skip: number } {
    let room = this.#height - below;
    for (let at: number | undefined = line; at !== undefined; at = this.#filter.before(at)) {
      const rows = this.#rowsOf(at).length;
      if (rows >= room) return { line: at, skip: rows - room };
      room -= rows;
    }
    return { line: this.#filter.atOrAfter(this.store.first) ?? line, skip: 0 };
  }

  #endOfEntry(number: number): number {
    const first = this.store.line(number);
    if (!first) return number + 1;
    let before = plainText(first);
    let end = number + 1;
    for (let at = number + 1; at < number + 500; at++) {
      const line = this.store.line(at);
      if (!line) break;
      if (line.service !== first.service || line.replica !== first.replica) continue;
      const text = plainText(line);
      if (!continuesLine(text, before)) break;
      before = text;
      end = at + 1;
    }
    return end;
  }

  /** Wanted lines of a range. */
  #texts(from: number, to: number): string[] {
    const texts: string[] = [];
    const only = this.#mark === null && this.#cursor !== null ? this.store.slotOf(from) : undefined;
    for (let at = this.#filter.atOrAfter(from); at !== undefined && at < to; at = this.#filter.atOrAfter(at + 1)) {
      const line = this.store.line(at);
      if (!line || (only && (line.service !== only.service || line.replica !== only.replica))) continue;
      texts.push(plainText(line));
    }
    return texts;
  }
}
