/**
 * One process group from its launch to its last member. Knows when the leader has gone and when the group is empty,
 * which are two things: a shell may die at once while its child drains. A zombie counts as gone.
 *
 * Costs nothing while the leader lives. After that it looks at the members it knows in growing pauses; a signal
 * makes it look closely again. Never signals a number that is no longer the group's.
 */
import { groupMembers, isProcess, sendSignal } from '../process-table.ts';
import type { ProcessRow } from '../processes/process-row.ts';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 250;
const GROWTH = 1.3;

export class ProcessGroup {
  readonly emptied: Promise<void>;
  readonly pgid: number;
  #settle: () => void = () => {};
  #empty = false;
  #leaderGone = false;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | null = null;
  /** Of the last full look at the table. */
  #known: readonly ProcessRow[] = [];

  constructor(pgid: number) {
    this.pgid = pgid;
    this.emptied = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get empty(): boolean {
    return this.#empty;
  }

  /** To be called once, when the leader has been reaped. */
  leaderExited(): void {
    this.#leaderGone = true;
    void this.#look();
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#empty) return;
    sendSignal(-this.pgid, signal);
    this.#hurry();
  }

  /** Rejects when nobody can be asked (no descriptor left, say): that is not an empty group. */
  async members(): Promise<readonly ProcessRow[]> {
    return this.#empty ? [] : groupMembers(this.pgid, this.#leaderGone);
  }

  /** Something is about to end: look closely again. */
  #hurry(): void {
    this.#pauseMs = FIRST_PAUSE_MS;
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#wait();
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#look();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * GROWTH);
  }

  /** The full table is read only when the group still answers and nobody known in it is left. */
  async #look(): Promise<void> {
    if (!sendSignal(-this.pgid, 0)) return this.#end();
    if (!this.#known.some((row) => isProcess(row.pid, row.start))) {
      const members = await groupMembers(this.pgid, true).catch(() => null);
      if (members?.length === 0) return this.#end();
      this.#known = members ?? [];
    }
    this.#wait();
  }

  #end(): void {
    this.#empty = true;
    this.#known = [];
    this.#settle();
  }
}
