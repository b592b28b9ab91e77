/**
 * Collects what is wrong while a definition is read, so that everything can be said at once. Owns the list; never
 * decides what happens because of it.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Place } from '../model/place.ts';

export interface Details {
  readonly hint?: string | undefined;
  readonly related?: readonly { readonly message: string; readonly place: Place }[];
}

export class Problems {
  readonly #all: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  error(code: string, message: string, place: Place | undefined, details: Details = {}): void {
    this.#add('error', code, message, place, details);
  }

  warning(code: string, message: string, place: Place | undefined, details: Details = {}): void {
    this.#add('warning', code, message, place, details);
  }

  add(diagnostic: Diagnostic): void {
    // An anchor used by five services is read five times; its mistake is one mistake.
    const key = JSON.stringify([diagnostic.code, diagnostic.message, diagnostic.place]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#all.push(diagnostic);
  }

  #add(severity: Diagnostic['severity'], code: string, message: string, place: Place | undefined, details: Details) {
    this.add({
      severity,
      code,
      message,
      ...(place && { place }),
      ...(details.related && details.related.length > 0 && { related: details.related }),
      ...(details.hint !== undefined && { hint: details.hint }),
    });
  }

  /** How many errors so far. */
  get errors(): number {
    return this.#all.filter((d) => d.severity === 'error').length;
  }

  has(code: string): boolean {
    return this.#all.some((d) => d.code === code);
  }

  /** By place: files in the order they were read, then line and column; what has no place comes first. */
  sorted(files: readonly string[]): Diagnostic[] {
    const rank = (d: Diagnostic): number[] => {
      if (!d.place) return [-1, 0, 0];
      const file = files.indexOf(d.place.file);
      return [file === -1 ? files.length : file, d.place.line, d.place.column];
    };
    return this.#all
      .map((diagnostic) => ({ diagnostic, rank: rank(diagnostic) }))
      .sort((a, b) => a.rank[0]! - b.rank[0]! || a.rank[1]! - b.rank[1]! || a.rank[2]! - b.rank[2]!)
      .map(({ diagnostic }) => diagnostic);
  }
}
