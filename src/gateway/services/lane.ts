/**
 * The way from one caller to one service: its counters and what stands in its way (faults). The request path holds on
 * to its lane from beginning to end; everything else looks at it from outside.
 */
import { type Fault, meets } from '../../model/fault.ts';
import { EdgeCounter } from '../counters/edge-counter.ts';
import { Dice } from '../faults/dice.ts';
import type { EdgeStats } from '../protocol.ts';

export class Lane {
  readonly caller: string;
  readonly callee: string;
  readonly counter = new EdgeCounter();
  /** null = no fault meets this edge: all that the request path looks at. */
  dice: Dice | null = null;
  #faults: readonly Fault[] = [];

  constructor(caller: string, callee: string) {
    this.caller = caller;
    this.callee = callee;
  }

  /** The faults of the whole gateway; a lane that is met by the same ones as before goes on in its sequence. */
  setFaults(all: readonly Fault[]): void {
    const mine = all.filter((fault) => meets(fault, this));
    if (mine.length === this.#faults.length && mine.every((fault, i) => fault.id === this.#faults[i]?.id)) return;
    this.#faults = mine;
    this.dice = mine.length === 0 ? null : new Dice(mine, this);
  }

  stats(): EdgeStats {
    const { caller, callee } = this;
    return { caller, callee, ...this.counter.snapshot(), breaker: null, faults: this.#faults.map(({ id }) => id) };
  }
}
