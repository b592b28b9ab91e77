/**
 * Compose's interpolation syntax -> parts: `$V`, `${V}`, `${V:-w}` and the like, nested, `$$` for a dollar. Pure.
 * What the names stand for is `evaluate`'s business.
 */
import type { TemplateOperator } from '../../model/template.ts';

export interface Hole {
  readonly ref: string;
  readonly operator?: TemplateOperator;
  readonly word?: readonly Part[];
  /** Offsets into the text parsed. */
  readonly start: number;
  readonly end: number;
}

export type Part = string | Hole;

export interface Malformed {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint: string;
}

export interface ParsedText {
  readonly parts: readonly Part[];
  readonly malformed: readonly Malformed[];
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:-|:\?|:\+|-|\?|\+/y;
const DOUBLE_IT = 'write `$$` for a dollar sign';
/** Deeper nesting than anyone writes; guards the stack. */
const MAX_DEPTH = 50;

/** @param bracedOnly a dollar sign that no brace follows stands for itself: in texts that are full of them, as JSONPath */
export function parseText(text: string, bracedOnly = false): ParsedText {
  const malformed: Malformed[] = [];
  const { parts } = new Parser(text, malformed, bracedOnly).until(0, false, 0);
  return { parts, malformed };
}

class Parser {
  readonly #text: string;
  readonly #malformed: Malformed[];
  readonly #bracedOnly: boolean;

  constructor(text: string, malformed: Malformed[], bracedOnly: boolean) {
    this.#text = text;
    this.#malformed = malformed;
    this.#bracedOnly = bracedOnly;
  }

  /** Reads to the end of the text, or to the `}` that closes a word. */
  until(from: number, word: boolean, depth: number): { parts: Part[]; end: number } {
    const text = this.#text;
    const parts: Part[] = [];
    let literal = '';
    let at = from;
    while (at < text.length && !(word && text[at] === '}')) {
      if (text[at] !== '$') {
        literal += text[at++];
      } else if (text[at + 1] === '$') {
        literal += '$';
        at += 2;
      } else if (this.#bracedOnly && text[at + 1] !== '{') {
        literal += text[at++];
      } else {
        const hole = this.#hole(at, depth);
        if (typeof hole === 'number') {
          at = hole;
          continue;
        }
        if (literal !== '') parts.push(literal);
        literal = '';
        parts.push(hole);
        at = hole.end;
      }
    }
    if (literal !== '') parts.push(literal);
    return { parts, end: at };
  }

  /** @returns the hole at `start`, or where to go on after a malformed one. */
  #hole(start: number, depth: number): Hole | number {
    const text = this.#text;
    const braced = text[start + 1] === '{';
    const ref = match(NAME, text, start + (braced ? 2 : 1));
    if (!braced) {
      if (ref !== undefined) return { ref, start, end: start + 1 + ref.length };
      return this.#bad(start, start + 2, `\`${text.slice(start, start + 2).trimEnd()}\` is not a variable`, DOUBLE_IT);
    }
    const close = text.indexOf('}', start);
    const stop = close === -1 ? text.length : close + 1;
    const shown = text.slice(start, Math.min(stop, start + 40));
    if (ref === undefined) return this.#bad(start, stop, `\`${shown}\` names no variable`, DOUBLE_IT);
    let at = start + 2 + ref.length;
    if (text[at] === '}') return { ref, start, end: at + 1 };
    const operator = match(OPERATOR, text, at) as TemplateOperator | undefined;
    if (operator === undefined && at < text.length) {
      const hint = `between the braces stands a name, then one of \`:-\` \`-\` \`:?\` \`?\` \`:+\` \`+\` and words; ${DOUBLE_IT}`;
      return this.#bad(start, stop, `\`${shown}\` is not an interpolation`, hint);
    }
    at += operator?.length ?? 0;
    if (depth >= MAX_DEPTH) return this.#bad(start, text.length, 'variables are nested too deeply', DOUBLE_IT);
    const word = this.until(at, true, depth + 1);
    if (text[word.end] !== '}') {
      return this.#bad(start, text.length, `\`${shown}\` has no closing \`}\``, `close it, or ${DOUBLE_IT}`);
    }
    return { ref, ...(operator && { operator }), word: word.parts, start, end: word.end + 1 };
  }

  #bad(start: number, end: number, message: string, hint: string): number {
    // Only the outermost mistake is told: the inner ones follow from it.
    if (!this.#malformed.some((m) => m.start >= start)) {
      this.#malformed.push({ start, end: Math.min(end, this.#text.length), message, hint });
    }
    return Math.min(end, this.#text.length);
  }
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
