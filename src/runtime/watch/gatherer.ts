/**
 * Makes one change out of many: whatever comes until it has been quiet for a moment is told together. Owns the files
 * gathered for one service and the timer.
 */
import type { WatchRule } from '../../model/project.ts';

/** Quiet that ends a change. */
export const QUIET_MS = 100;
/** A file that is written all the time (a log inside the watched folder) must not hold back every change for ever. */
const AT_MOST_MS = 5000;

export class Gatherer {
  readonly #tell: (rule: WatchRule, files: string[]) => void;
  readonly #files = new Set<string>();
  #rule: WatchRule | null = null;
  #since = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(tell: (rule: WatchRule, files: string[]) => void) {
    this.#tell = tell;
  }

  add(rule: WatchRule, file: string): void {
    const now = performance.now();
    if (this.#files.size === 0) this.#since = now;
    this.#files.add(file);
    // A rebuild includes what a restart does.
    if (this.#rule?.action !== 'rebuild') this.#rule = rule.action === 'rebuild' ? rule : (this.#rule ?? rule);
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, Math.min(QUIET_MS, this.#since + AT_MOST_MS - now)));
  }

  /** What was gathered is forgotten. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#files.clear();
    this.#rule = null;
  }

  #flush(): void {
    const files = [...this.#files].sort();
    const rule = this.#rule!;
    this.stop();
    this.#tell(rule, files);
  }
}
