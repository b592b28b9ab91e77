/** A parsed expression as the instructions of a nondeterministic automaton (Thompson's construction). Pure. */
import { ExpressionError, type Part, parseExpression, type Ranges } from './parse.ts';

export type Instruction =
  | { readonly op: 'unit'; readonly ranges: Ranges; readonly next: number }
  | { readonly op: 'split'; readonly next: number; readonly other: number }
  | { readonly op: 'begin' | 'end'; readonly next: number }
  | { readonly op: 'match' };

export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
}

/** A repetition copies what it repeats: `(a{100}){100}` must not become memory. */
const MOST_INSTRUCTIONS = 5_000;

/** @throws ExpressionError */
export function compileProgram(source: string): Program {
  const instructions: Instruction[] = [{ op: 'match' }];
  const push = (instruction: Instruction): number => {
    if (instructions.length >= MOST_INSTRUCTIONS)
      throw new ExpressionError('it is too large once repetitions are written out');
    return instructions.push(instruction) - 1;
  };
  /** From back to front: each part knows where it leads. */
  const emit = (part: Part, next: number): number => {
    switch (part.kind) {
      case 'unit':
        return push({ op: 'unit', ranges: part.ranges, next });
      case 'begin':
      case 'end':
        return push({ op: part.kind, next });
      case 'sequence':
        return part.parts.reduceRight((after, inner) => emit(inner, after), next);
      case 'choice':
        return part.parts
          .map((inner) => emit(inner, next))
          .reduceRight((other, first) => push({ op: 'split', next: first, other }));
      case 'repeat': {
        const { part: inner, least, most } = part;
        let at = next;
        if (most === undefined) {
          const loop = push({ op: 'split', next, other: next });
          instructions[loop] = { op: 'split', next: emit(inner, loop), other: next };
          at = loop;
        } else {
          for (let i = least; i < most; i++) at = push({ op: 'split', next: emit(inner, at), other: next });
        }
        for (let i = 0; i < least; i++) at = emit(inner, at);
        return at;
      }
    }
  };
  const start = emit(parseExpression(source), 0);
  return { instructions, start };
}
