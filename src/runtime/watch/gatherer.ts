/**
 * Makes one change out of many: whatever comes until it has been quiet for a moment is told together. Owns the files
 * gathered for one service and the timer.
 */
import { existsSync } from 'node:fs';
import type { WatchRule } from '../../model/project.ts';

/**
 * Quiet that ends a change, by its size. One file that had been there was saved by an editor, which is done within a few
 * milliseconds; whoever was not has the new version replaced while it starts, and the old one serves meanwhile. New files
 * seldom come alone. A tool that writes many may pause in between, and nobody waits for it as for a saved file.
 */
export const QUIET_MS = { save: 50, few: 100, storm: 400 } as const;
const STORM_FILES = 10;
/** A file that is written all the time (a log inside the watched folder) must not hold back every change for ever. */
const AT_MOST_MS = 5000;

export interface GathererOptions {
  readonly tell: (rule: WatchRule, files: string[]) => void;
  /** Whether whoever changes these files is known to be still at it. */
  readonly isBusy: (file: string) => boolean;
}

export class Gatherer {
  readonly #options: GathererOptions;
  /** File -> whether it had not been there before this change. */
  readonly #files = new Map<string, boolean>();
  #rule: WatchRule | null = null;
  #since = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: GathererOptions) {
    this.#options = options;
  }

  add(rule: WatchRule, file: string, isNew: boolean): void {
    if (this.#files.size === 0) this.#since = performance.now();
    if (!this.#files.has(file)) this.#files.set(file, isNew);
    // A rebuild includes what a restart does.
    if (this.#rule?.action !== 'rebuild') this.#rule = rule.action === 'rebuild' ? rule : (this.#rule ?? rule);
    this.#wait();
  }

  /** What was gathered is forgotten. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#files.clear();
    this.#rule = null;
  }

  #wait(): void {
    if (this.#timer) clearTimeout(this.#timer);
    const timer = setTimeout(
      () => {
        // In a loop that was held up, timers come before the news that has been waiting: that first.
        setImmediate(() => {
          if (this.#timer === timer) this.#quiet();
        });
      },
      Math.max(0, Math.min(QUIET_MS[this.#size()], this.#left())),
    );
    this.#timer = timer;
  }

  #size(): keyof typeof QUIET_MS {
    if (this.#files.size > STORM_FILES) return 'storm';
    const [isNew] = this.#files.values();
    return this.#files.size === 1 && !isNew ? 'save' : 'few';
  }

  #quiet(): void {
    const first = this.#files.keys().next().value;
    if (first !== undefined && this.#left() > 0 && this.#options.isBusy(first)) {
      this.#wait();
      return;
    }
    // What came and went in between (editors, `sed -i`) has changed nothing.
    const files = [...this.#files].filter(([file, isNew]) => !isNew || existsSync(file)).map(([file]) => file);
    const rule = this.#rule!;
    this.stop();
    if (files.length > 0) this.#options.tell(rule, files.sort());
  }

  #left(): number {
    return this.#since + AT_MOST_MS - performance.now();
  }
}
