/**
 * What a benchmark is to the entry: a name and a function that measures and returns a section of the report. Sections
 * are data; `report.ts` alone turns them into Markdown.
 */
import type { Workspace } from './workspace.ts';

export interface Table {
  readonly caption: string;
  /** The first column is text, the others are figures. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One promise of the project, held against what was measured. */
export interface Goal {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  /** undefined: not measured. */
  readonly met: boolean | undefined;
}

export interface Section {
  readonly title: string;
  /** How it was measured, a paragraph each. */
  readonly about: readonly string[];
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
  /** What was not measured, and why. */
  readonly skipped: readonly string[];
}

export interface BenchContext {
  readonly work: Workspace;
  /** Fewer rounds and smaller amounts: to see that it works, not to be quoted. */
  readonly quick: boolean;
  /** Rounds asked for by the person, or the benchmark's own number. */
  rounds(full: number, quick: number): number;
  /** Progress for whoever watches. */
  note(line: string): void;
  /** What a long benchmark has measured until now: kept as its section until there is more. */
  soFar(section: Section): void;
}

export interface Bench {
  readonly id: string;
  run(context: BenchContext): Promise<Section>;
}

/** A goal with a number for a limit; smaller is better. */
export function atMost(what: string, measured: number, limit: number, unit: string, digits = 1): Goal {
  return {
    what,
    limit: Number.isFinite(limit) ? `<= ${limit.toFixed(digits)} ${unit}`.trim() : 'not measured',
    measured: Number.isFinite(measured) ? `${measured.toFixed(digits)} ${unit}`.trim() : 'not measured',
    met: Number.isFinite(measured) && Number.isFinite(limit) ? measured <= limit : undefined,
  };
}
