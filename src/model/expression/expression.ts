/**
 * A regular expression that is matched against whole values in time linear in their length, whatever its shape: a
 * deterministic automaton whose states are made when they are met. Owns those states; a bound keeps them few.
 */
import { compileProgram, type Program } from './program.ts';

/** States kept; at more of them all are forgotten and made anew as they are needed. */
const MOST_STATES = 1_000;

interface State {
  /** Instructions that wait for a unit or for the end, ascending. */
  readonly waiting: readonly number[];
  readonly accepts: boolean;
  /** By class of unit; absent = not met yet, null = no match any more. */
  readonly next: (State | null | undefined)[];
}

export class Expression {
  readonly source: string;
  readonly #program: Program;
  /** Class of each unit below 256; those above are looked up in `#starts`. */
  readonly #classes = new Uint16Array(256);
  /** First unit of each class, ascending. */
  readonly #starts: readonly number[];
  #states = new Map<string, State>();
  #begin: State;

  /** @throws ExpressionError */
  constructor(source: string) {
    this.source = source;
    this.#program = compileProgram(source);
    const starts = new Set([0]);
    for (const instruction of this.#program.instructions) {
      if (instruction.op !== 'unit') continue;
      for (const [from, to] of instruction.ranges) starts.add(from).add(to + 1);
    }
    this.#starts = [...starts].sort((a, b) => a - b);
    for (let unit = 0, index = 0; unit < 256; unit++) {
      while (this.#starts[index + 1] !== undefined && this.#starts[index + 1]! <= unit) index++;
      this.#classes[unit] = index;
    }
    this.#begin = this.#state([this.#program.start], true);
  }

  /** Whether it matches `text` from beginning to end. */
  test(text: string): boolean {
    let state = this.#begin;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const kind = unit < 256 ? this.#classes[unit]! : this.#classOf(unit);
      let next = state.next[kind];
      if (next === undefined) {
        next = this.#step(state, unit);
        state.next[kind] = next;
      }
      if (next === null) return false;
      state = next;
    }
    return state.accepts;
  }

  #classOf(unit: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= unit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #step(state: State, unit: number): State | null {
    const targets: number[] = [];
    for (const index of state.waiting) {
      const instruction = this.#program.instructions[index]!;
      if (instruction.op === 'unit' && instruction.ranges.some(([from, to]) => unit >= from && unit <= to)) {
        targets.push(instruction.next);
      }
    }
    return targets.length === 0 ? null : this.#state(targets, false);
  }

  #state(targets: readonly number[], atBegin: boolean): State {
    const waiting = this.#reach(targets, atBegin, false);
    const key = `${waiting.join()}${atBegin ? '^' : ''}`;
    const known = this.#states.get(key);
    if (known) return known;
    if (this.#states.size >= MOST_STATES) {
      this.#states = new Map();
      this.#begin = { ...this.#begin, next: [] };
    }
    const accepts = this.#reach(waiting, atBegin, true).includes(0);
    const state: State = { waiting, accepts, next: [] };
    this.#states.set(key, state);
    return state;
  }

  /** Follows what takes no unit. Instruction 0 is the match. */
  #reach(from: readonly number[], atBegin: boolean, atEnd: boolean): number[] {
    const seen = new Set<number>();
    const open = [...from];
    const found: number[] = [];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const instruction = this.#program.instructions[index]!;
      if (instruction.op === 'split') open.push(instruction.next, instruction.other);
      else if (instruction.op === 'begin') {
        if (atBegin) open.push(instruction.next);
      } else if (instruction.op === 'end' && atEnd) open.push(instruction.next);
      else found.push(index);
    }
    return found.sort((a, b) => a - b);
  }
}
