/** What an action gave: the one shape that expectations and captures read. */
import type { Json } from '../model/smoke.ts';
import type { Exchange } from './result.ts';

export interface Outcome {
  readonly kind: 'response' | 'rows' | 'line' | 'program';
  readonly status?: number;
  /** Lower-case names; a repeated field's lines joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly exit?: number;
  /** Of a line that was looked for. */
  readonly found?: boolean;
  readonly tookMs: number;
  readonly exchange: Exchange;
}

export type Parsed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly detail: string };

export function parseBody({ body }: Outcome): Parsed {
  try {
    return { ok: true, value: JSON.parse(body) as Json };
  } catch (error) {
    return { ok: false, detail: (error as Error).message };
  }
}
