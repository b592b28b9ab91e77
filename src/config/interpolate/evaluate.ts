/**
 * Fills parsed text from the sources of variables. Names that msvc provides stay holes for launch time. Pure.
 */
import type { Place } from '../../model/place.ts';
import { printTemplate, type Template } from '../../model/template.ts';
import type { VariableUse } from '../tree/node.ts';
import type { Hole, Part } from './parse.ts';

export interface Variable {
  readonly value: string;
  readonly from: 'shell' | 'env-file' | 'dotenv';
  readonly place?: Place;
}

export interface Scope {
  lookup(name: string): Variable | undefined;
  /** true: msvc fills it at launch, never from the shell or an env file. */
  isProvided(name: string): boolean;
}

export interface Evaluated {
  readonly template: Template;
  readonly uses: readonly VariableUse[];
  /** Without an operator and set nowhere. */
  readonly unset: readonly Hole[];
  /** `:?` and `?` that found nothing. */
  readonly required: readonly { readonly hole: Hole; readonly words: string }[];
}

export function evaluate(parts: readonly Part[], scope: Scope): Evaluated {
  const run: Run = { scope, uses: [], unset: [], required: [] };
  return { template: simplify(fill(parts, run)), uses: run.uses, unset: run.unset, required: run.required };
}

interface Run {
  readonly scope: Scope;
  readonly uses: VariableUse[];
  readonly unset: Hole[];
  readonly required: { hole: Hole; words: string }[];
}

type Filled = Exclude<Template, string>[number];

function fill(parts: readonly Part[], run: Run): Filled[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [part] : fillHole(part, run)));
}

function fillHole(hole: Hole, run: Run): Filled[] {
  const { ref, operator } = hole;
  const word = (): Filled[] => fill(hole.word ?? [], run);
  if (run.scope.isProvided(ref)) {
    run.uses.push({ name: ref, value: '', from: 'launch' });
    return [operator === undefined ? { ref } : { ref, operator, word: simplify(word()) }];
  }
  const found = run.scope.lookup(ref);
  if (found) run.uses.push({ name: ref, ...found });
  const set = found !== undefined && !(operator?.startsWith(':') && found.value === '');
  switch (operator) {
    case undefined:
      if (!found) {
        run.unset.push(hole);
        run.uses.push({ name: ref, value: '', from: 'unset' });
      }
      return [found?.value ?? ''];
    case ':-':
    case '-': {
      if (set) return [found.value];
      const at = run.uses.length;
      const filled = word();
      // Before what the default itself uses.
      run.uses.splice(at, 0, { name: ref, value: printTemplate(simplify(filled)), from: 'default' });
      return filled;
    }
    case ':+':
    case '+':
      if (!found) run.uses.push({ name: ref, value: '', from: 'unset' });
      return set ? word() : [];
    default:
      if (set) return [found.value];
      run.required.push({ hole, words: printTemplate(simplify(word())) });
      return [];
  }
}

/** Neighbouring texts joined; a template without holes is a plain string. */
function simplify(parts: readonly Filled[]): Template {
  const joined: Filled[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else if (part !== '') joined.push(part);
  }
  if (joined.length === 0) return '';
  return joined.length === 1 && typeof joined[0] === 'string' ? joined[0] : joined;
}
