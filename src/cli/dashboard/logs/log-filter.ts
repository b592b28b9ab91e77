/**
 * Which lines of the store are wanted: by service, by level, by expression. Owns the numbers of those that are, found
 * from the newest backwards in slices, so that a key is never kept waiting by 200,000 lines.
 */
import { stripAnsi } from '../../../runtime/logs/ansi.ts';
import { isAtLeast, type Level } from '../../../runtime/logs/level.ts';
import { levelOfLine } from '../../../runtime/logs/structured.ts';
import { continuesLine } from '../../../runtime/logs/trace-lines.ts';
import type { LogStore } from './log-store.ts';

export interface Wanted {
  /** Absent: all. */
  readonly services?: ReadonlySet<string>;
  /** Services that are left out. */
  readonly muted: ReadonlySet<string>;
  readonly replica?: number;
  readonly level?: Level;
  readonly pattern?: RegExp;
}

export const EVERYTHING: Wanted = { muted: new Set() };

export class LogFilter {
  readonly wanted: Wanted;
  readonly #store: LogStore;
  readonly #isAll: boolean;
  /** Found on the way back, the newest first; then those found since, the oldest first. */
  readonly #older: number[] = [];
  #newer: number[] = [];
  #dropped = 0;
  #backTo: number;
  #upTo: number;
  readonly #lastOf = new Map<string, { text: string; wanted: boolean }>();

  constructor(store: LogStore, wanted: Wanted) {
    this.#store = store;
    this.wanted = wanted;
    this.#isAll = !wanted.services && wanted.muted.size === 0 && !wanted.level && !wanted.pattern;
    this.#backTo = store.end;
    this.#upTo = store.end;
  }

  /** All that is kept has been looked at. */
  get isComplete(): boolean {
    return this.#isAll || this.#backTo <= this.#store.first;
  }

  get count(): number {
    if (this.#isAll) return this.#store.end - this.#store.first;
    return this.#older.length + this.#newer.length - this.#dropped;
  }

  /** Goes on looking for about `budgetMs`. @returns whether the wanted lines changed */
  advance(budgetMs: number): boolean {
    if (this.#isAll) return false;
    const before = this.count;
    const until = performance.now() + budgetMs;
    this.#forward(until);
    while (!this.isComplete && performance.now() < until) this.#backward();
    this.#drop();
    return this.count !== before;
  }

  /** The first wanted line at `number` or after it. */
  atOrAfter(number: number): number | undefined {
    if (this.#isAll) {
      const at = Math.max(number, this.#store.first);
      return at < this.#store.end ? at : undefined;
    }
    const index = this.#indexOf(number);
    return index < this.#older.length + this.#newer.length ? this.#at(index) : undefined;
  }

  /** How many wanted lines there are from `number` on, of those found so far. */
  countFrom(number: number): number {
    if (this.#isAll) return Math.max(0, this.#store.end - Math.max(number, this.#store.first));
    return this.#older.length + this.#newer.length - this.#indexOf(number);
  }

  /** The last wanted line before `number`. */
  before(number: number): number | undefined {
    if (this.#isAll) {
      const at = Math.min(number, this.#store.end) - 1;
      return at >= this.#store.first ? at : undefined;
    }
    const index = this.#indexOf(number) - 1;
    if (index < 0) return undefined;
    const found = this.#at(index);
    return found >= this.#store.first ? found : undefined;
  }

  #forward(until: number): void {
    const { end } = this.#store;
    for (; this.#upTo < end; this.#upTo++) {
      if ((this.#upTo & 255) === 0 && performance.now() > until) return;
      if (this.#isWanted(this.#upTo, this.#lastOf)) this.#newer.push(this.#upTo);
    }
  }

  /** One block, forwards, since what continues a line follows it. */
  #backward(): void {
    const block = this.#store.blockAround(this.#backTo - 1);
    if (!block) {
      this.#backTo = this.#store.first;
      return;
    }
    const found: number[] = [];
    const lastOf = new Map<string, { text: string; wanted: boolean }>();
    for (let number = block.first; number < this.#backTo; number++) {
      if (this.#isWanted(number, lastOf)) found.push(number);
    }
    for (let i = found.length - 1; i >= 0; i--) this.#older.push(found[i]!);
    this.#backTo = block.first;
  }

  #isWanted(number: number, lastOf: Map<string, { text: string; wanted: boolean }>): boolean {
    const { services, muted, replica, level, pattern } = this.wanted;
    const slot = this.#store.slotOf(number);
    if (!slot || muted.has(slot.service) || (services && !services.has(slot.service))) return false;
    if (replica !== undefined && slot.replica !== replica) return false;
    if (!level && !pattern) return true;
    const line = this.#store.line(number);
    if (!line) return false;
    const text = stripAnsi(line.text);
    const key = `${slot.service}.${slot.replica}`;
    const before = lastOf.get(key);
    let wanted: boolean;
    if (before && continuesLine(text, before.text)) wanted = before.wanted;
    else wanted = (!level || isAtLeast(levelOfLine(text), level)) && (!pattern || pattern.test(text));
    lastOf.set(key, { text, wanted });
    return wanted;
  }

  /** What the store does not keep any more. */
  #drop(): void {
    const { first } = this.#store;
    while (this.#older.length > 0 && this.#older.at(-1)! < first) this.#older.pop();
    if (this.#older.length > 0) return;
    while (this.#dropped < this.#newer.length && this.#newer[this.#dropped]! < first) this.#dropped++;
    if (this.#dropped < 10_000) return;
    this.#newer = this.#newer.slice(this.#dropped);
    this.#dropped = 0;
  }

  #at(index: number): number {
    const { length } = this.#older;
    return index < length ? this.#older[length - 1 - index]! : this.#newer[index - length]!;
  }

  /** Index of the first one that is not before `number`. */
  #indexOf(number: number): number {
    let low = 0;
    let high = this.#older.length + this.#newer.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
