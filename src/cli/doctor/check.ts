/** What a check of `msvc doctor` is: a question to the machine or the project, and an answer that says what to do. */
import type { Context } from '../context.ts';
import type { CheckJson } from '../json-contract.ts';

export type Finding = Omit<CheckJson, 'check'>;

export interface Check {
  readonly name: string;
  /** A check that throws is a problem in itself, with the error's message. */
  run(context: Context): Promise<Finding | readonly Finding[]>;
}

export function ok(detail: string): Finding {
  return { status: 'ok', detail, hint: null };
}

export function warning(detail: string, hint: string | null = null): Finding {
  return { status: 'warning', detail, hint };
}

export function problem(detail: string, hint: string | null = null): Finding {
  return { status: 'problem', detail, hint };
}
