/** One thing that is wrong with the files of a definition. All of them are collected before anything is said. */
import type { Place } from './place.ts';

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Stable word for the kind of mistake: `unknown-key`, `wrong-type`, `cycle`, `route-conflict`, ... */
  readonly code: string;
  /** One sentence, no trailing stop. */
  readonly message: string;
  readonly place?: Place;
  /** The second line of a conflict. */
  readonly related?: readonly { readonly message: string; readonly place: Place }[];
  readonly hint?: string;
}
